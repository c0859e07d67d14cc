// The frame: what the capture says of the packet, before any protocol. Fields as Wireshark's `frame`.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/connections/connection.hpp"
#include "dissect/connections/event.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/plain_headers.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/lower_names.hpp"

namespace wiretail::dissect {
namespace {

// Wireshark's own numbers of link types (`frame.encap_type`), by the file formats' numbers.
struct Encapsulation {
  uint16_t link_type, number;
};
constexpr Encapsulation kEncapsulations[] = {
    {0, 15}, {1, 1}, {2, 184}, {3, 148}, {6, 2}, {7, 8}, {8, 3}, {9, 4}, {10, 6}, {11, 10}, {12, 7}, {13, 38}, {14, 7}, {16, 11}, {18, 11},
    {19, 11}, {32, 69}, {50, 4}, {51, 139}, {99, 61}, {100, 10}, {101, 7}, {104, 28}, {105, 20}, {106, 11}, {107, 26}, {108, 174},
    {109, 38}, {112, 28}, {113, 25}, {114, 30}, {117, 39}, {118, 29}, {119, 21}, {121, 32}, {122, 18}, {123, 13}, {127, 23}, {128, 37},
    {129, 9}, {130, 81}, {131, 82}, {133, 87}, {135, 68}, {136, 151}, {137, 67}, {138, 62}, {139, 75}, {140, 42}, {141, 43}, {142, 101},
    {143, 33}, {147, 45}, {148, 46}, {149, 47}, {150, 48}, {151, 49}, {152, 50}, {153, 51}, {154, 52}, {155, 53}, {156, 54}, {157, 55},
    {158, 56}, {159, 57}, {160, 58}, {161, 59}, {162, 60}, {163, 24}, {165, 63}, {167, 76}, {169, 66}, {170, 178}, {171, 179}, {172, 77},
    {173, 78}, {178, 83}, {179, 84}, {180, 85}, {181, 86}, {183, 91}, {184, 181}, {186, 92}, {187, 41}, {188, 93}, {189, 95}, {190, 109},
    {192, 97}, {195, 104}, {196, 100}, {197, 98}, {199, 103}, {200, 197}, {201, 99}, {202, 147}, {203, 131}, {204, 19}, {209, 112},
    {210, 106}, {211, 108}, {212, 107}, {213, 111}, {214, 105}, {215, 113}, {220, 115}, {224, 121}, {225, 122}, {226, 124}, {227, 125},
    {228, 129}, {229, 130}, {230, 127}, {231, 146}, {235, 132}, {236, 133}, {237, 157}, {239, 141}, {240, 135}, {241, 136}, {242, 180},
    {243, 138}, {245, 140}, {248, 149}, {249, 152}, {250, 153}, {251, 154}, {252, 155}, {253, 158}, {254, 159}, {255, 160}, {256, 161},
    {258, 171}, {259, 172}, {260, 173}, {264, 177}, {266, 182}, {268, 36}, {270, 183}, {271, 185}, {272, 186}, {273, 199}, {274, 198},
    {275, 200}, {276, 210}, {279, 204}, {280, 205}, {283, 206}, {287, 211}, {288, 208}, {290, 212}, {292, 214}, {293, 215}, {294, 216},
    {295, 217}};

constexpr ValueName kSetNames[] = {{0, "Not set"}, {1, "Set"}};
constexpr ValueName kEncapsulationNames[] = {
    {0, "Unknown"}, {1, "Ethernet"}, {2, "Token Ring"}, {3, "SLIP"}, {4, "PPP"}, {5, "FDDI"}, {6, "FDDI with bit-swapped MAC addresses"}, {7, "Raw IP"},
    {8, "ARCNET"}, {9, "Linux ARCNET"}, {10, "RFC 1483 ATM"}, {11, "Linux ATM CLIP"}, {12, "LAPB"}, {13, "ATM PDUs"}, {14, "ATM PDUs - untruncated"},
    {15, "NULL/Loopback"}, {16, "Lucent/Ascend access equipment"}, {17, "ISDN"}, {18, "RFC 2625 IP-over-Fibre Channel"}, {19, "PPP with Directional Info"},
    {20, "IEEE 802.11 Wireless LAN"}, {21, "IEEE 802.11 plus Prism II monitor mode radio header"}, {22, "IEEE 802.11 Wireless LAN with radio information"},
    {23, "IEEE 802.11 plus radiotap radio header"}, {24, "IEEE 802.11 plus AVS radio header"}, {25, "Linux cooked-mode capture v1"}, {26, "Frame Relay"},
    {27, "Frame Relay with Directional Info"}, {28, "Cisco HDLC"}, {29, "Cisco IOS internal"}, {30, "Localtalk"}, {31, "OpenBSD PF Firewall logs, pre-3.4"},
    {32, "HiPath HDLC"}, {33, "Data Over Cable Service Interface Specification"}, {34, "CoSine L2 debug log"}, {35, "Wellfleet HDLC"}, {36, "SDLC"},
    {37, "Tazmen sniffer protocol"}, {38, "OpenBSD enc(4) encapsulating interface"}, {39, "OpenBSD PF Firewall logs"}, {40, "Cisco HDLC with Directional Info"},
    {41, "Bluetooth H4"}, {42, "SS7 MTP2"}, {43, "SS7 MTP3"}, {44, "IrDA"}, {45, "USER 0"}, {46, "USER 1"}, {47, "USER 2"}, {48, "USER 3"}, {49, "USER 4"},
    {50, "USER 5"}, {51, "USER 6"}, {52, "USER 7"}, {53, "USER 8"}, {54, "USER 9"}, {55, "USER 10"}, {56, "USER 11"}, {57, "USER 12"}, {58, "USER 13"},
    {59, "USER 14"}, {60, "USER 15"}, {61, "Symantec Enterprise Firewall"}, {62, "Apple IP-over-IEEE 1394"}, {63, "BACnet MS/TP"},
    {64, "Raw ICMP with nettl headers"}, {65, "Raw ICMPv6 with nettl headers"}, {66, "GPRS LLC"}, {67, "Juniper ATM1"}, {68, "Juniper ATM2"},
    {69, "Redback SmartEdge"}, {70, "Raw IP with nettl headers"}, {71, "Ethernet with nettl headers"}, {72, "Token Ring with nettl headers"},
    {73, "FDDI with nettl headers"}, {74, "Unknown link-layer type with nettl headers"}, {75, "MTP2 with pseudoheader"}, {76, "Juniper PPPoE"}, {77, "GCOM TIE1"},
    {78, "GCOM Serial"}, {79, "X.25 with nettl headers"}, {80, "K12 protocol analyzer"}, {81, "Juniper MLPPP"}, {82, "Juniper MLFR"}, {83, "Juniper Ethernet"},
    {84, "Juniper PPP"}, {85, "Juniper Frame-Relay"}, {86, "Juniper C-HDLC"}, {87, "Juniper GGSN"}, {88, "LAPD with Linux pseudo-header"}, {89, "Catapult DCT2000"},
    {90, "ASN.1 Basic Encoding Rules"}, {91, "Juniper Voice PIC"}, {92, "USB packets with FreeBSD header"}, {93, "IEEE 802.16 MAC Common Part Sublayer"},
    {94, "Raw telnet with nettl headers"}, {95, "USB packets with Linux header"}, {96, "MPEG"}, {97, "Per-Packet Information header"},
    {98, "Extensible Record Format"}, {99, "Bluetooth H4 with linux header"}, {100, "SITA WAN packets"}, {101, "SS7 SCCP"},
    {102, "Bluetooth without transport layer"}, {103, "Intelligent Platform Management Bus with Kontron pseudo-header"}, {104, "IEEE 802.15.4 Wireless PAN"},
    {105, "X2E Xoraya"}, {106, "FlexRay"}, {107, "Local Interconnect Network"}, {108, "Media Oriented Systems Transport"}, {109, "Controller Area Network 2.0B"},
    {110, "EyeSDN Layer 1 event"}, {111, "X2E serial line capture"}, {112, "I2C with Linux-specific pseudo-header"}, {113, "IEEE 802.15.4 Wireless PAN non-ASK PHY"},
    {114, "Transport-Neutral Encapsulation Format"}, {115, "USB packets with Linux header and padding"}, {116, "GSM Um Interface"},
    {117, "Digital Private Signalling System No 1 Link Layer"}, {118, "Apple Bluetooth PacketLogger"}, {119, "NetScaler Encapsulation 1.0 of Ethernet"},
    {120, "NetScaler Encapsulation 2.0 of Ethernet"}, {121, "Fibre Channel FC-2"}, {122, "Fibre Channel FC-2 With Frame Delimiter"}, {123, "JPEG/JFIF"},
    {124, "Solaris IPNET"}, {125, "SocketCAN"}, {126, "IEEE 802.11 plus Network Monitor radio header"}, {127, "IEEE 802.15.4 Wireless PAN with FCS not present"},
    {128, "RFC 5655/RFC 5101 IPFIX"}, {129, "Raw IPv4"}, {130, "Raw IPv6"}, {131, "LAPD"}, {132, "DVB-CI (Common Interface)"}, {133, "MUX27010"}, {134, "MIME"},
    {135, "Hilscher netANALYZER"}, {136, "Hilscher netANALYZER-Transparent"}, {137, "IP over InfiniBand"}, {138, "ISO/IEC 13818-1 MPEG2-TS"},
    {139, "PPP-over-Ethernet session"}, {140, "NFC LLCP"}, {141, "NFLOG"}, {142, "V5 Envelope Function"}, {143, "BACnet MS/TP with Directional Info"},
    {144, "IxVeriWave header and stats block"}, {145, "SDH"}, {146, "D-Bus"}, {147, "AX.25 with KISS header"}, {148, "Amateur Radio AX.25"}, {149, "SCTP"},
    {150, "InfiniBand"}, {151, "Juniper Services"}, {152, "USB packets with USBPcap header"}, {153, "RTAC serial-line"}, {154, "Bluetooth Low Energy Link Layer"},
    {155, "Wireshark Upper PDU export"}, {156, "STANAG 4607"}, {157, "STANAG 5066 Data Transfer Sublayer PDUs(D_PDU)"}, {158, "Linux Netlink"},
    {159, "Bluetooth Linux Monitor"}, {160, "Bluetooth BR/EDR Baseband RF"}, {161, "Bluetooth Low Energy Link Layer RF"},
    {162, "NetScaler Encapsulation 3.0 of Ethernet"}, {163, "Android Logcat Binary format"}, {164, "Android Logcat Brief text format"},
    {165, "Android Logcat Process text format"}, {166, "Android Logcat Tag text format"}, {167, "Android Logcat Thread text format"},
    {168, "Android Logcat Time text format"}, {169, "Android Logcat Threadtime text format"}, {170, "Android Logcat Long text format"}, {171, "Apple PKTAP"},
    {172, "Ethernet Passive Optical Network"}, {173, "IPMI Trace Data Collection"}, {174, "OpenBSD loopback"}, {175, "JavaScript Object Notation"},
    {176, "NetScaler Encapsulation 3.5 of Ethernet"}, {177, "ISO 14443 contactless smartcard standards"},
    {178, "ITU-T G.7041/Y.1303 Generic Framing Procedure Transparent mode"}, {179, "ITU-T G.7041/Y.1303 Generic Framing Procedure Frame-mapped mode"},
    {180, "IP over IB"}, {181, "Juniper VN"}, {182, "USB packets with Darwin (macOS, etc.) headers"}, {183, "LoRaTap"}, {184, "Xerox 3MB Ethernet"},
    {185, "Linux vsock"}, {186, "nRF Sniffer for Bluetooth LE"}, {187, "Network Monitor Network Event"}, {188, "Network Monitor Header"},
    {189, "Network Monitor Filter"}, {190, "Network Monitor Network Info"}, {191, "Message Analyzer WFP Capture v4"}, {192, "Message Analyzer WFP Capture v6"},
    {193, "Message Analyzer WFP Capture2 v4"}, {194, "Message Analyzer WFP Capture2 v6"}, {195, "Message Analyzer WFP Capture Auth v4"},
    {196, "Message Analyzer WFP Capture Auth v6"}, {197, "Juniper Secure Tunnel Information"}, {198, "IEEE 802.3br mPackets"},
    {199, "DOCSIS with Excentis XRA pseudo-header"}, {200, "DisplayPort AUX channel with Unigraf pseudo-header"}, {201, "Ruby marshal object"},
    {202, "RFC 7468 file"}, {203, "systemd journal"}, {204, "Elektrobit High Speed Capture and Replay"}, {205, "Vector Packet Processing graph dispatch trace"},
    {206, "IEEE 802.15.4 Wireless with TAP pseudo-header"}, {207, "3GPP Phone Log"}, {208, "USB 2.0/1.1/1.0 packets"}, {209, "MP4 files"},
    {210, "Linux cooked-mode capture v2"}, {211, "Z-Wave Serial API packets"}, {212, "Event Tracing for Windows messages"}, {213, "Ericsson eNode-B raw log"},
    {214, "ZBOSS NCP"}, {215, "Low-Speed USB 2.0/1.1/1.0 packets"}, {216, "Full-Speed USB 2.0/1.1/1.0 packets"}, {217, "High-Speed USB 2.0 packets"}};

std::string_view protocols(Dissection& d);
bool packet_number(Dissection& d, const LayerRef&, Value& v) { return v = Value::of_uint(d.packet.number), true; }
bool length_on_wire(Dissection& d, const LayerRef&, Value& v);
bool length_stored(Dissection& d, const LayerRef&, Value& v);
bool plain_length_on_wire(const PlainHeaders& headers, uint64_t& v);
bool plain_length_stored(const PlainHeaders& headers, uint64_t& v);

int encapsulation(uint16_t link_type) {
  const auto* found = std::lower_bound(std::begin(kEncapsulations), std::end(kEncapsulations), link_type, [](const Encapsulation& e, uint16_t v) { return e.link_type < v; });
  return found != std::end(kEncapsulations) && found->link_type == link_type ? found->number : -1;
}

// "Frame Length: 60 bytes (480 bits)", from the table's longer label.
void show_size(std::string& text, std::string_view label, uint64_t bytes) {
  text.assign(label), append_uint(text, bytes), text += bytes == 1 ? " byte (" : " bytes (";
  append_uint(text, bytes * 8), text += " bits)";
}
void show_length(std::string& text, const Dissection&, const Occurrence& o) { show_size(text, "Frame Length: ", o.value.u); }
void show_captured(std::string& text, const Dissection&, const Occurrence& o) { show_size(text, "Capture Length: ", o.value.u); }
// Wireshark shows it only where its post-dissector is turned on.
void hide(std::string& text, const Dissection&, const Occurrence&) { text.clear(); }
void show_interface(std::string& text, const Dissection& d, const Occurrence&) { text += " (", text += d.interface_name, text += ')'; }

enum Row : unsigned {
  kSectionNumber, kInterfaceId, kInterfaceName, kInterfaceDescription,
  kFlags, kFlagsDirection, kFlagsReception, kFlagsFcs, kFlagsReserved, kFlagsCrc, kFlagsLast = kFlagsCrc + 7, kEncapType,
  kTime, kOffsetShift, kTimeEpoch, kTimeDelta, kTimeDeltaDisplayed, kTimeRelative,
  kTimeInvalid, kNumber, kLen, kCapLen, kLessThanCaptured, kMarked, kIgnored, kProtocols, kCommunityId
};

constexpr FieldRow kRows[] = {
    {.name = "frame.section_number", .label = "Section number", .type = FieldType::kUint32, .base = Base::kDec, .blurb = "The number of the file section this frame is in"},
    {.name = "frame.interface_id", .label = "Interface id", .type = FieldType::kUint32, .base = Base::kDec, .flags = kOnEvents, .show = show_interface},
    {.name = "frame.interface_name", .label = "Interface name", .type = FieldType::kString, .flags = kOnEvents, .blurb = "The friendly name for this interface"},
    {.name = "frame.interface_description", .label = "Interface description", .type = FieldType::kString, .flags = kOnEvents, .blurb = "The description for this interface"},
    {.name = "frame.packet_flags", .label = "Packet flags", .type = FieldType::kUint32, .base = Base::kHex},
    {.name = "frame.packet_flags_direction", .label = "Direction", .type = FieldType::kUint32, .base = Base::kHex, .mask = 0x3, .names = lower_names::kFramePacketFlagsDirection},
    {.name = "frame.packet_flags_reception_type", .label = "Reception type", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0x1c, .names = lower_names::kFramePacketFlagsReceptionType},
    {.name = "frame.packet_flags_fcs_length", .label = "FCS length", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0x1e0},
    {.name = "frame.packet_flags_reserved", .label = "Reserved", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0xfe00},
    {.name = "frame.packet_flags_crc_error", .label = "CRC error", .type = FieldType::kBoolean, .mask = 0x01000000, .names = kSetNames, .bits = 32},
    {.name = "frame.packet_flags_packet_too_error", .label = "Packet too long error", .type = FieldType::kBoolean, .mask = 0x02000000, .names = kSetNames, .bits = 32},
    {.name = "frame.packet_flags_packet_too_short_error", .label = "Packet too short error", .type = FieldType::kBoolean, .mask = 0x04000000, .names = kSetNames, .bits = 32},
    {.name = "frame.packet_flags_wrong_inter_frame_gap_error", .label = "Wrong interframe gap error", .type = FieldType::kBoolean, .mask = 0x08000000, .names = kSetNames, .bits = 32},
    {.name = "frame.packet_flags_unaligned_frame_error", .label = "Unaligned frame error", .type = FieldType::kBoolean, .mask = 0x10000000, .names = kSetNames, .bits = 32},
    {.name = "frame.packet_flags_start_frame_delimiter_error", .label = "Start frame delimiter error", .type = FieldType::kBoolean, .mask = 0x20000000, .names = kSetNames, .bits = 32},
    {.name = "frame.packet_flags_preamble_error", .label = "Preamble error", .type = FieldType::kBoolean, .mask = 0x40000000, .names = kSetNames, .bits = 32},
    {.name = "frame.packet_flags_symbol_error", .label = "Symbol error", .type = FieldType::kBoolean, .mask = 0x80000000, .names = kSetNames, .bits = 32},
    {.name = "frame.encap_type", .label = "Encapsulation type", .type = FieldType::kInt16, .base = Base::kDec, .names = kEncapsulationNames},
    {.name = "frame.time", .label = "Arrival Time", .type = FieldType::kAbsoluteTime, .base = Base::kLocalTime, .blurb = "Absolute time when this frame was captured"},
    {.name = "frame.offset_shift", .label = "Time shift for this packet", .type = FieldType::kRelativeTime, .flags = kGenerated, .blurb = "Time shift applied to this packet"},
    {.name = "frame.time_epoch", .label = "Epoch Time", .type = FieldType::kRelativeTime, .blurb = "Epoch time when this frame was captured"},
    {.name = "frame.time_delta", .label = "Time delta from previous captured frame", .type = FieldType::kRelativeTime, .flags = kGenerated},
    {.name = "frame.time_delta_displayed", .label = "Time delta from previous displayed frame", .type = FieldType::kRelativeTime, .flags = kGenerated},
    {.name = "frame.time_relative", .label = "Time since reference or first frame", .type = FieldType::kRelativeTime, .flags = kGenerated, .blurb = "Time relative to time reference or first frame"},
    {.name = "frame.time_invalid", .label = "Arrival Time: Fractional second out of range (0-1000000000)", .flags = kExpert},
    {.name = "frame.number", .label = "Frame Number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary, .direct = packet_number},
    {.name = "frame.len", .label = "Frame length on the wire", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary, .show = show_length, .direct = length_on_wire, .plain = plain_length_on_wire},
    {.name = "frame.cap_len", .label = "Frame length stored into the capture file", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary, .show = show_captured, .direct = length_stored, .plain = plain_length_stored},
    {.name = "frame.len_lt_caplen", .label = "Frame length is less than captured length", .flags = kExpert},
    {.name = "frame.marked", .label = "Frame is marked", .type = FieldType::kBoolean, .flags = kGenerated, .blurb = "Frame is marked in the GUI"},
    {.name = "frame.ignored", .label = "Frame is ignored", .type = FieldType::kBoolean, .flags = kGenerated, .blurb = "Frame is ignored by the dissectors"},
    {.name = "frame.protocols", .label = "Protocols in frame", .type = FieldType::kString, .flags = kSummary | kGenerated, .need = Need::kEverything, .blurb = "Protocols carried by this frame", .direct = [](Dissection& d, const LayerRef&, Value& v) { return v = Value::of_text(protocols(d)), true; }},
    // Of Wireshark's post-dissector of that name: no protocol of its own here, so that it is a field alone.
    {.name = "communityid", .label = "Community ID", .type = FieldType::kString, .flags = kGenerated | kInvariant, .need = Need::kStream, .show = hide},
};

Next walk(Walk& w, const Region& received) {
  Region region = received;
  LayerRef* layer = w.push(id::kFrame, region, region.captured());
  if (!layer) return {};
  ProtoId proto = w.next.link_type(w.d.packet.link_type);
  region.depth = 1;
  if (proto == kNoProto) {
    w.count_unsupported();
    return w.data(region);
  }
  return {proto, region};
}

// Bytes that a capture file's record has in front of the packet and that were on no wire: Wireshark does not count them.
uint32_t pseudo_header(LinkType type) {
  switch (static_cast<unsigned>(type)) {
    case 123: case 139: case 201: return 4;  // SunATM, MTP2, Bluetooth H4
    case 196: case 209: return 5;            // SITA, I2C
    case 204: return 1;                      // PPP with its direction
    default: return 0;
  }
}

uint32_t pseudo_bytes(const Packet& p) { return std::min(pseudo_header(p.link_type), p.cap_len); }
bool plain_length_on_wire(const PlainHeaders& headers, uint64_t& v) { return v = headers.length(), true; }  // Ethernet has no pseudo-header
bool plain_length_stored(const PlainHeaders& headers, uint64_t& v) { return v = headers.captured(), true; }
bool length_on_wire(Dissection& d, const LayerRef&, Value& v) { return v = Value::of_uint(d.packet.len - std::min(pseudo_bytes(d.packet), d.packet.len)), true; }
bool length_stored(Dissection& d, const LayerRef&, Value& v) { return v = Value::of_uint(d.packet.cap_len - pseudo_bytes(d.packet)), true; }

// Several messages of a stream that were handed over together are one layer to Wireshark.
bool repeated(const LayerRef& l) { return l.extra && (l.proto == id::kHttp || l.proto == id::kDns); }

// ":eth", and what a layer adds under a condition of its own: written for every packet, so they are copied as whole pieces.
class Names {
 public:
  static constexpr size_t kRoom = 32;
  Names() {
    const auto defs = Registry::get().protocols();
    for (size_t i = 0; i < defs.size(); ++i) {
      const auto proto = static_cast<ProtoId>(i);
      const std::string_view name = proto == id::kIsl ? defs[id::kEth]->name : defs[i]->name;
      set(plain[i], name, "");
      const bool by_type = proto == id::kEth || proto == id::kVlan || proto == id::kIeee8021ad || proto == id::kSll || proto == id::kCmd || proto == id::kAvsp || proto == id::kMacsec;
      set(longer[i], name, by_type ? ":ethertype" : "");
    }
  }
  struct Piece {
    char text[kRoom - 1];
    uint8_t size;
  };
  std::array<Piece, kMaxProtocols> plain{}, longer{};  // `longer`: of layers with kByEthertype

 private:
  static void set(Piece& piece, std::string_view name, std::string_view more) {
    std::string text = ":";
    text += name, text += more;
    piece.size = static_cast<uint8_t>(text.copy(piece.text, sizeof piece.text));
  }
};

std::string_view protocols(Dissection& d) {
  static const Names names;
  char* const text = d.arena.take((d.layers.count + 2) * Names::kRoom);
  char* at = text;
  for (const LayerRef& l : d.layers) {
    if (l.proto == id::kFrame || repeated(l) || l.proto == id::kVxlanGpe || (l.proto == id::kIpv6 && l.extra & kNotListed)) continue;
    if (l.flags & kQuoted && (l.proto == id::kTcp || l.proto == id::kUdp) && l.cap_end - l.offset < 4) continue;  // less than the ports
    const Names::Piece& piece = (l.extra & kByEthertype ? names.longer : names.plain)[l.proto];
    std::memcpy(at, piece.text, sizeof piece.text), at += piece.size;
    // An extended echo request over IPv6 ends in ICMP's extension structure.
    if (l.proto == id::kIcmpv6 && l.cap_end - l.offset > 8 && *d.at(l) == 160) std::memcpy(at, ":icmp", 5), at += 5;
  }
  if (at == text) return {};
  return {text + 1, static_cast<size_t>(at - text) - 1};
}

void community_id(Emit& emit) {
  Dissection& d = emit.packet();
  std::string text;
  if (!d.event) append_community_id(text, d);
  else if (d.event->connection) append_community_id(text, *d.event->connection);
  if (!text.empty()) emit.text(kCommunityId, text);
}

void details(Emit& emit) {
  Dissection& d = emit.packet();
  const Packet& p = d.packet;
  if (p.section) emit.number(kSectionNumber, p.section);
  if (!d.interface_name.empty()) {
    emit.number(kInterfaceId, p.interface_id);
    emit.push();
    emit.text(kInterfaceName, d.interface_name);
    if (!d.interface_description.empty()) emit.text(kInterfaceDescription, d.interface_description);
    emit.pop();
  }
  if (p.has_flags) {
    emit.number(kFlags, p.flags);
    emit.push();
    for (unsigned row = kFlagsDirection; row <= kFlagsLast; ++row) {
      const FieldRow& flag = kRows[row];
      uint64_t value = (p.flags & flag.mask) >> std::countr_zero(flag.mask);
      emit.number(row, value);
    }
    emit.pop();
  }
  if (int type = emit.wants(kEncapType) ? encapsulation(static_cast<uint16_t>(p.link_type)) : -1; type >= 0) emit.signed_number(kEncapType, type);
  if (p.has_time && emit.wants_any(kTime, kTimeRelative)) {
    emit.time(kTime, p.time);
    emit.time(kOffsetShift, Time{});
    emit.time(kTimeEpoch, p.time);
    if (const RunTimes* t = d.times) {
      emit.time(kTimeDelta, t->has_previous ? p.time - t->previous : Time{});
      emit.time(kTimeDeltaDisplayed, t->has_displayed ? p.time - t->previous_displayed : Time{});
      emit.time(kTimeRelative, t->has_first ? p.time - t->first : Time{});
    }
  }
  if (p.has_time && !p.time.sound()) {
    std::string text = "Arrival Time: Fractional second ";
    text += std::to_string(p.time.nanos), text += " is invalid, the valid range is 0-1000000000";
    emit.push(), emit.expert(kTimeInvalid, severity::kNote, group::kSequence, text), emit.pop();
  }
  emit.number(kNumber, p.number);
  const uint32_t pseudo = pseudo_bytes(p);
  emit.number(kLen, p.len - std::min(pseudo, p.len));
  if (p.len < p.cap_len) emit.push(), emit.expert(kLessThanCaptured, severity::kError, group::kMalformed, kRows[kLessThanCaptured].label), emit.pop();
  emit.number(kCapLen, p.cap_len - pseudo);
  emit.number(kMarked, 0);
  emit.number(kIgnored, 0);
  if (emit.wants(kProtocols)) emit.put(kProtocols, Value::of_text(protocols(d)), 0, 0);
  if (emit.wants(kCommunityId)) community_id(emit);
}

void head(const Dissection& d, const LayerRef&, std::string& out) {
  const Packet& p = d.packet;
  auto size = [&](uint64_t bytes, std::string_view where) {
    append_uint(out, bytes), out += bytes == 1 ? " byte " : " bytes ", out += where;
    out += " (", append_uint(out, bytes * 8), out += " bits)";
  };
  out += "Frame ", append_uint(out, p.number), out += ": ";
  size(p.len, "on wire"), out += ", ", size(p.cap_len, "captured");
  if (!d.interface_name.empty()) out += " on interface ", out += d.interface_name, out += ", id ", append_uint(out, p.interface_id);
  if (p.has_flags && (p.flags & 3) == 1) out += " (inbound)";
  if (p.has_flags && (p.flags & 3) == 2) out += " (outbound)";
}

}  // namespace

const ProtocolDef kFrameDef = {.name = "frame", .long_name = "Frame", .short_name = "Frame", .rows = kRows, .walk = walk, .details = details, .head = head};

}  // namespace wiretail::dissect
