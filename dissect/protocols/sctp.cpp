// Stream Control Transmission Protocol: the common header, the chunks and their parameters. RFC 9260; forward TSN: RFC 3758;
// registered payloads and names: IANA. User messages are data of their own, put together from their fragments; what came before is not
// dissected again. The applications above are not walked.
#include <algorithm>
#include <cstring>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/connections/trackers.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/transport_names.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 12, kNoAssociation = 65535;  // Wireshark's index while it does not analyse associations
constexpr ValueName kSkipChunkNames[] = {{0, "Stop processing of the packet"}, {1, "Skip chunk and continue processing of the packet"}};
constexpr ValueName kSkipParameterNames[] = {{0, "Stop processing of chunk"}, {1, "Skip parameter and continue processing of the chunk"}};
constexpr ValueName kReportNames[] = {{0, "Do not report"}, {1, "Do report"}};
constexpr ValueName kEndNames[] = {{0, "Not the last segment"}, {1, "Last segment"}};
constexpr ValueName kBeginNames[] = {{0, "Subsequent segment"}, {1, "First segment"}};
constexpr ValueName kUnorderedNames[] = {{0, "Ordered delivery"}, {1, "Unordered delivery"}};
constexpr ValueName kImmediateNames[] = {{0, "Possibly delay SACK"}, {1, "Send SACK immediately"}};
constexpr ValueName kTagNames[] = {{0, "Tag not reflected"}, {1, "Tag reflected"}};
constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};
constexpr ValueName kChunkTypes[] = {
    {0, "DATA"}, {1, "INIT"}, {2, "INIT_ACK"}, {3, "SACK"}, {4, "HEARTBEAT"}, {5, "HEARTBEAT_ACK"}, {6, "ABORT"}, {7, "SHUTDOWN"}, {8, "SHUTDOWN_ACK"},
    {9, "ERROR"}, {10, "COOKIE_ECHO"}, {11, "COOKIE_ACK"}, {12, "ECNE"}, {13, "CWR"}, {14, "SHUTDOWN_COMPLETE"}, {15, "AUTH"}, {16, "NR_SACK"},
    {64, "I_DATA"}, {128, "ASCONF_ACK"}, {129, "PKTDROP"}, {130, "RE_CONFIG"}, {132, "PAD"}, {192, "FORWARD_TSN"}, {193, "ASCONF"},
    {194, "I_FORWARD_TSN"}, {255, "IETF_EXTENSION"}};
constexpr ValueName kPayloads[] = {
    {0, "not specified"}, {1, "IUA"}, {2, "M2UA"}, {3, "M3UA"}, {4, "SUA"}, {5, "M2PA"}, {6, "V5UA"}, {7, "H.248/MEGACO"}, {8, "BICC/Q.2150.3"},
    {9, "TALI"}, {10, "DUA"}, {11, "ASAP"}, {12, "ENRP"}, {13, "H.323"}, {14, "Q.IPC/Q.2150.3"}, {15, "SIMCO"}, {16, "DDP Segment Chunk"},
    {17, "DDP Stream Session Control"}, {18, "S1 Application Protocol (S1AP)"}, {19, "RUA"}, {20, "HNBAP"}, {21, "ForCES-HP"}, {22, "ForCES-MP"},
    {23, "ForCES-LP"}, {24, "SBc-AP"}, {25, "NBAP"}, {26, "Unassigned"}, {27, "X2AP"}, {28, "IRCP"}, {29, "LCS-AP"}, {30, "MPICH2"}, {31, "SABP"},
    {32, "Fractal Generator Protocol"}, {33, "Ping Pong Protocol"}, {34, "CalcApp Protocol"}, {35, "Scripting Service Protocol"},
    {36, "NetPerfMeter Control"}, {37, "NetPerfMeter Data"}, {38, "Echo"}, {39, "Discard"}, {40, "Daytime"}, {41, "Character Generator"},
    {42, "3GPP RNA"}, {43, "3GPP M2AP"}, {44, "3GPP M3AP"}, {45, "SSH"}, {46, "DIAMETER"}, {47, "DIAMETER over DTLS"}, {48, "R14P"},
    {49, "Generic Data Transfer Protocol (GDT)"}, {50, "WebRTC Control"}, {51, "WebRTC String"}, {52, "WebRTC Binary Partial (Deprecated)"},
    {53, "WebRTC Binary"}, {54, "WebRTC String Partial (Deprecated)"}, {55, "3GPP PUA"}, {56, "WebRTC String Empty"}, {57, "WebRTC Binary Empty"},
    {58, "XwAP"}, {59, "Xw - Control Plane"}, {60, "NGAP"}, {61, "XnAP"}, {62, "F1 AP"}, {65, "ELE2 Lawful Interception"}, {66, "NGAP over DTLS"},
    {67, "XnAP over DTLS"}, {68, "F1AP over DTLS"}, {69, "E1AP over DTLS"}, {70, "E2-CP"}, {71, "E2-UP"}, {72, "E2-DU"}, {73, "W1AP"}};

enum Row : unsigned {
  kSrcPort, kDstPort, kPort, kTag, kAssociation, kChecksum, kChecksumStatus, kChunkType, kChunkBit1, kChunkBit2,
  kChunkFlags, kChunkLength, kChunkPadding, kChunkValue, kDataI, kDataU, kDataB, kDataE, kTsn, kRetransmission, kRetransmitted, kRetransmissionTime, kTsnRaw, kSid, kSsn,
  kPpid, kFragments, kFragment, kInitiateTag, kInitTag, kInitCredit, kInitOut, kInitIn, kInitTsn, kInitAckTag, kInitAckCredit, kInitAckOut,
  kInitAckIn, kInitAckTsn, kSackNounce, kSackTsn, kSackTsnRaw, kSackRwnd, kSackGaps, kSackDuplicates, kSackGapStart,
  kSackGapStartTsn, kSackGapEnd, kSackGapEndTsn, kSackGapTsns, kSackGapOrder, kSackGapMalformed, kSackGapMany, kSackDuplicate, kCookie, kShutdownTsn, kEcneTsn,
  kShutdownT, kAbortT, kForwardTsn, kForwardSid, kForwardSsn, kParameterType, kParameterLength, kParameterBit1,
  kParameterBit2, kParameterValue, kParameterPadding, kParameterIpv4, kParameterIpv6, kHeartbeat, kStateCookie,
  kPreservative, kHostname, kAddressType, kCauseCode, kCauseLength, kCauseInformation, kCausePadding
};

constexpr FieldRow kRows[] = {
    {.name = "sctp.srcport", .label = "Source port", .type = FieldType::kUint16, .base = Base::kPtSctp, .fixed = at(0,2), .flags = kSummary | kInvariant},
    {.name = "sctp.dstport", .label = "Destination port", .type = FieldType::kUint16, .base = Base::kPtSctp, .fixed = at(2,2), .flags = kSummary | kInvariant},
    {.name = "sctp.port", .label = "Port", .type = FieldType::kUint16, .base = Base::kPtSctp, .fixed = at_both(0,2,2), .flags = kHidden | kMulti | kInvariant},
    {.name = "sctp.verification_tag", .label = "Verification tag", .type = FieldType::kUint32, .base = Base::kHex, .fixed = at(4,4)},
    {.name = "sctp.assoc_index", .label = "Association index", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated},
    {.name = "sctp.checksum", .label = "Checksum", .type = FieldType::kUint32, .base = Base::kHex, .fixed = at(8,4)},
    {.name = "sctp.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "sctp.chunk_type", .label = "Chunk type", .type = FieldType::kUint8, .base = Base::kDec, .names = kChunkTypes, .flags = kMulti},
    {.name = "sctp.chunk_bit_1", .label = "Bit", .type = FieldType::kBoolean, .mask = 0x80, .names = kSkipChunkNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.chunk_bit_2", .label = "Bit", .type = FieldType::kBoolean, .mask = 0x40, .names = kReportNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.chunk_flags", .label = "Chunk flags", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.chunk_length", .label = "Chunk length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.chunk_padding", .label = "Chunk padding", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.chunk_value", .label = "Chunk value", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.data_i_bit", .label = "I-Bit", .type = FieldType::kBoolean, .mask = 0x8, .names = kImmediateNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.data_u_bit", .label = "U-Bit", .type = FieldType::kBoolean, .mask = 0x4, .names = kUnorderedNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.data_b_bit", .label = "B-Bit", .type = FieldType::kBoolean, .mask = 0x2, .names = kBeginNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.data_e_bit", .label = "E-Bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kEndNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.data_tsn", .label = "Transmission sequence number (relative)", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.retransmission", .label = "This TSN is a retransmission of one in frame", .type = FieldType::kFrameNum, .flags = kMulti | kGenerated},
    {.name = "sctp.retransmission.expert", .label = "Retransmitted TSN", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.retransmission_time", .label = "Retransmitted after", .type = FieldType::kRelativeTime, .flags = kMulti | kGenerated},
    {.name = "sctp.data_tsn_raw", .label = "Transmission sequence number (absolute)", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.data_sid", .label = "Stream identifier", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.data_ssn", .label = "Stream sequence number", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.data_payload_proto_id", .label = "Payload protocol identifier", .type = FieldType::kUint32, .base = Base::kDec, .names = kPayloads, .flags = kMulti},
    {.name = "sctp.fragments", .label = "Reassembled SCTP Fragments", .type = FieldType::kNone, .flags = kMulti},
    {.name = "sctp.fragment", .label = "SCTP Fragment", .type = FieldType::kFrameNum, .flags = kMulti},
    {.name = "sctp.initiate_tag", .label = "Initiate tag", .type = FieldType::kUint32, .base = Base::kHex, .flags = kHidden | kMulti},
    {.name = "sctp.init_initiate_tag", .label = "Initiate tag", .type = FieldType::kUint32, .base = Base::kHex},
    {.name = "sctp.init_credit", .label = "Advertised receiver window credit (a_rwnd)", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.init_nr_out_streams", .label = "Number of outbound streams", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sctp.init_nr_in_streams", .label = "Number of inbound streams", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sctp.init_initial_tsn", .label = "Initial TSN", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.initack_initiate_tag", .label = "Initiate tag", .type = FieldType::kUint32, .base = Base::kHex},
    {.name = "sctp.initack_credit", .label = "Advertised receiver window credit (a_rwnd)", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.initack_nr_out_streams", .label = "Number of outbound streams", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sctp.initack_nr_in_streams", .label = "Number of inbound streams", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sctp.initack_initial_tsn", .label = "Initial TSN", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.sack_nounce_sum", .label = "Nounce sum", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x1},
    {.name = "sctp.sack_cumulative_tsn_ack", .label = "Cumulative TSN ACK (relative)", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated},
    {.name = "sctp.sack_cumulative_tsn_ack_raw", .label = "Cumulative TSN ACK (absolute)", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.sack_a_rwnd", .label = "Advertised receiver window credit (a_rwnd)", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.sack_number_of_gap_blocks", .label = "Number of gap acknowledgement blocks", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sctp.sack_number_of_duplicated_tsns", .label = "Number of duplicated TSNs", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sctp.sack_gap_block_start", .label = "Start", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.sack_gap_block_start_tsn", .label = "Start TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.sack_gap_block_end", .label = "End", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.sack_gap_block_end_tsn", .label = "End TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.sack_number_of_tsns_gap_acked", .label = "Number of TSNs in gap acknowledgement blocks", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated},
    {.name = "sctp.sack_gap_block_out_of_order", .label = "Gap blocks not in strict order.", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.sack_gap_block_malformed", .label = "Malformed gap block.", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.sack_number_of_tsns_gap_acked_100", .label = "More than 100 TSNs were gap-acknowledged in this SACK.", .type = FieldType::kNone, .flags = kExpert},
    {.name = "sctp.sack_duplicate_tsn", .label = "Duplicate TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.cookie", .label = "Cookie", .type = FieldType::kBytes},
    {.name = "sctp.shutdown_cumulative_tsn_ack", .label = "Cumulative TSN Ack", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.ecne_lowest_tsn", .label = "Lowest TSN", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.shutdown_complete_t_bit", .label = "T-Bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kTagNames, .bits = 8},
    {.name = "sctp.abort_t_bit", .label = "T-Bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kTagNames, .bits = 8},
    {.name = "sctp.forward_tsn_tsn", .label = "New cumulative TSN", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "sctp.forward_tsn_sid", .label = "Stream identifier", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.forward_tsn_ssn", .label = "Stream sequence number", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_type", .label = "Parameter type", .type = FieldType::kUint16, .base = Base::kHex, .names = transport_names::kSctpParameterType, .flags = kMulti},
    {.name = "sctp.parameter_length", .label = "Parameter length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_bit_1", .label = "Bit", .type = FieldType::kBoolean, .mask = 0x8000, .names = kSkipParameterNames, .flags = kMulti, .bits = 16},
    {.name = "sctp.parameter_bit_2", .label = "Bit", .type = FieldType::kBoolean, .mask = 0x4000, .names = kReportNames, .flags = kMulti, .bits = 16},
    {.name = "sctp.parameter_value", .label = "Parameter value", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.parameter_padding", .label = "Parameter padding", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.parameter_ipv4_address", .label = "IP Version 4 address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "sctp.parameter_ipv6_address", .label = "IP Version 6 address", .type = FieldType::kIpv6, .flags = kMulti},
    {.name = "sctp.parameter_heartbeat_information", .label = "Heartbeat information", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.parameter_state_cookie", .label = "State cookie", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.parameter_cookie_preservative_incr", .label = "Suggested Cookie life-span increment (msec)", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_hostname", .label = "Hostname", .type = FieldType::kStringz, .flags = kMulti},
    {.name = "sctp.parameter_supported_address_type", .label = "Supported address type", .type = FieldType::kUint16, .base = Base::kDec, .names = transport_names::kSctpParameterSupportedAddressType, .flags = kMulti},
    {.name = "sctp.cause_code", .label = "Cause code", .type = FieldType::kUint16, .base = Base::kHex, .names = transport_names::kSctpCauseCode, .flags = kMulti},
    {.name = "sctp.cause_length", .label = "Cause length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.cause_information", .label = "Cause information", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.cause_padding", .label = "Cause padding", .type = FieldType::kBytes, .flags = kMulti},
};
static_assert(rows_fit(kRows, kHeader));

// What state says of one DATA chunk.
struct ChunkFacts {
  uint32_t at = 0;                       // the chunk, in its layer
  uint64_t first_frame = 0;              // where its number came first, if it is a retransmission
  Time since;
  const SctpMessage* message = nullptr;  // that it completes
  uint8_t buffer = 0;
};
// What the numbers of a packet's chunks count from, and what is known of the chunks; LayerRef::extra. Lives in the arena.
struct Facts {
  uint32_t own = 0, other = 0;
  bool has_own = false, has_other = false;
  ChunkFacts* chunks = nullptr;
  uint32_t count = 0;
  const ChunkFacts* chunk(uint32_t at) const {
    for (uint32_t i = 0; i < count; ++i)
      if (chunks[i].at == at) return &chunks[i];
    return nullptr;
  }
};
Facts* facts_of(const Dissection& d, const LayerRef& l) { return l.extra ? static_cast<Facts*>(const_cast<void*>(d.app_facts[l.extra - 1])) : nullptr; }

// Calls visit(type, at, length): chunks whose header is there, in order. False ends it.
template <class Visit>
void each_chunk(const uint8_t* p, uint32_t have, Visit&& visit) {
  for (uint32_t at = kHeader; at + 4 <= have;) {
    const uint32_t length = be16(p + at + 2);
    if (!visit(p[at], at, length) || length < 4) return;
    at += (length + 3) & ~3u;
  }
}

SctpPath path_of(const Dissection& d, const LayerRef& network, uint32_t ports, bool back) {
  SctpPath path;
  path.ports = ports;
  const size_t size = network.proto == id::kIp ? 4 : 16;
  const uint8_t* ip = d.at(network) + (size == 4 ? 12 : 8);
  std::memcpy(path.addresses.data() + (back ? 16 : 0), ip, size), std::memcpy(path.addresses.data() + (back ? 0 : 16), ip + size, size);
  return path;
}

// The packet's association: its numbers' bases, and which numbers came before.
void find_association(Walk& w, LayerRef& layer) {
  const LayerRef* network = &layer;
  while (network != w.d.layers.begin() && network->proto != id::kIp && network->proto != id::kIpv6) --network;
  if (!w.trackers() || network == w.d.layers.begin()) return;
  const uint8_t* p = w.d.at(layer);
  const uint32_t have = layer.cap_end - layer.offset, tag = be32(p + 4);
  const uint32_t ports = uint32_t{be16(p)} << 16 | be16(p + 2), back = uint32_t{be16(p + 2)} << 16 | be16(p);
  SctpAssociations& known = w.trackers()->sctp;
  auto* made = w.d.arena.make<Facts>();
  const bool cut = layer.cap_end < layer.end;
  uint32_t data = 0;
  each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (cut && at + length > have) return false;
    if (type == 2 && have - at >= 8) {  // an INIT ACK answers to one end's tag and tells the other's
      const uint32_t other_tag = be32(p + at + 4);
      SctpHalf& other = known.half(back, other_tag);
      other.peer_tag = tag, other.has_peer = true;
      SctpHalf& own = known.half(ports, tag);
      own.peer_tag = other_tag, own.has_peer = true;
    }
    data += type == 0 && have - at >= 8;
    return true;
  });
  if (data) {
    known.note_path(path_of(w.d, *network, ports, false), tag);
    made->chunks = reinterpret_cast<ChunkFacts*>(w.d.arena.take(data * sizeof(ChunkFacts) + alignof(ChunkFacts)));
    made->chunks = reinterpret_cast<ChunkFacts*>((reinterpret_cast<uintptr_t>(made->chunks) + alignof(ChunkFacts) - 1) & ~(alignof(ChunkFacts) - 1));
    each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
      if (cut && at + length > have) return false;
      if (type != 0 || have - at < 8) return true;
      const uint32_t tsn = be32(p + at + 4);
      SctpHalf& own = known.half(ports, tag);
      if (!own.has_base) own.base = tsn, own.has_base = true;
      const SctpFirst first = known.first_of(ports, tag, tsn, w.d.packet.number, w.d.packet.time);
      ChunkFacts* chunk = new (made->chunks + made->count++) ChunkFacts;
      chunk->at = at;
      if (first.frame != w.d.packet.number) chunk->first_frame = first.frame, chunk->since = w.d.packet.time - first.time;
      return true;
    });
  }
  const SctpHalf* own = known.find(ports, tag);
  if (own && own->has_base) made->own = own->base, made->has_own = true;
  const uint32_t* other_tag = own && own->has_peer ? &own->peer_tag : known.last_tag(path_of(w.d, *network, back, true));
  const SctpHalf* other = other_tag ? known.find(back, *other_tag) : nullptr;
  if (other && other->has_base) made->other = other->base, made->has_other = true;
  layer.extra = static_cast<uint16_t>(w.d.keep_facts(made));
}

// A piece of a user message; the message if this completes it.
const SctpMessage* put_together(Walk& w, const Facts& facts, const uint8_t* packet, uint32_t at, uint32_t length) {
  const uint8_t* p = packet + at;
  const uint32_t ports = uint32_t{be16(packet)} << 16 | be16(packet + 2);
  SctpAssociations& known = w.trackers()->sctp;
  SctpPiece piece;
  piece.tsn = be32(p + 4) - facts.own, piece.frame = w.d.packet.number;
  piece.begins = p[1] & 2, piece.ends = p[1] & 1;
  return known.add(known.half(ports, be32(packet + 4)), be16(p + 8), be16(p + 10), p[1] & 4, std::move(piece), {p + 16, length - 16});
}

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kSctp, region, kHeader);
  LayerRef* layer = w.push(id::kSctp, region, region.length());
  if (!layer) return {};
  if (!(region.flags & kQuoted)) find_association(w, *layer);
  Facts* facts = facts_of(w.d, *layer);
  const uint8_t* p = w.at(region);
  const uint32_t have = region.captured();
  const uint32_t index = w.d.layers.count - 1;
  each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (at + length > have && length >= 4) return false;
    if (type != 0 || length <= 16) return true;
    auto* chunk = facts ? const_cast<ChunkFacts*>(facts->chunk(at)) : nullptr;
    if (chunk && chunk->first_frame) return true;
    Region message = region;
    message.offset = region.offset + at + 16;
    message.cap_end = message.end = region.offset + at + length;
    if ((p[at + 1] & 3) != 3) {
      const SctpMessage* whole = chunk ? put_together(w, *facts, p, at, length) : nullptr;
      if (!whole) return true;
      chunk->message = whole, chunk->buffer = w.d.add_buffer(whole->bytes, "Reassembled SCTP Message");
      if (!chunk->buffer) return true;
      const auto size = static_cast<uint32_t>(whole->bytes.size());
      message = {0, size, size, chunk->buffer, region.flags, region.depth};
    }
    ++message.depth;
    w.run(w.data(message));
    return !w.d.layers.too_many;
  });
  if (have < region.length()) w.damage(w.d.layers.stack[index], kShort);
  return {};
}

void parameters(Emit& emit, uint32_t at, uint32_t end) {
  const uint8_t* p = emit.at(0);
  while (at + 4 <= end) {
    const uint16_t type = be16(p + at);
    const uint32_t length = be16(p + at + 2), body = at + 4;
    emit.read(kParameterType, at, 2), emit.push(), emit.read(kParameterBit1, at, 2), emit.read(kParameterBit2, at, 2), emit.pop(), emit.read(kParameterLength, at + 2, 2);
    if (length < 4 || at + length > end) return;
    const uint32_t n = length - 4;
    switch (type) {
      case 1: emit.bytes(kHeartbeat, body, n); break;
      case 5: if (n >= 4) emit.read(kParameterIpv4, body, 4); break;
      case 6: if (n >= 16) emit.read(kParameterIpv6, body, 16); break;
      case 7: emit.bytes(kStateCookie, body, n); break;
      case 9: if (n >= 4) emit.read(kPreservative, body, 4); break;
      case 11: emit.wire_text(kHostname, body, n); break;
      case 12: for (uint32_t i = 0; i + 2 <= n; i += 2) emit.read(kAddressType, body + i, 2); break;
      case 0x8000: case 0xc000: break;
      default: if (n) emit.bytes(kParameterValue, body, n);
    }
    const uint32_t padding = -length & 3u;
    if (padding && at + length + padding <= end) emit.bytes(kParameterPadding, at + length, padding);
    at += length + padding;
  }
}

void causes(Emit& emit, uint32_t at, uint32_t end) {
  const uint8_t* p = emit.at(0);
  while (at + 4 <= end) {
    const uint32_t length = be16(p + at + 2), padding = -length & 3u;
    emit.read(kCauseCode, at, 2), emit.read(kCauseLength, at + 2, 2);
    if (length < 4 || at + length > end) return;
    if (length > 4) emit.bytes(kCauseInformation, at + 4, length - 4);
    if (padding && at + length + padding <= end) emit.bytes(kCausePadding, at + length, padding);
    at += length + padding;
  }
}

void sack(Emit& emit, uint32_t at, uint32_t end, const Facts* facts) {
  const uint8_t* p = emit.at(0);
  const uint32_t raw = be32(p + at + 4), base = facts && facts->has_other ? facts->other : 0;
  emit.read(kSackNounce, at + 1, 1);
  if (!facts || facts->has_other) emit.number(kSackTsn, raw - base, at + 4, 4);
  emit.number(kSackTsnRaw, raw, at + 4, 4);
  emit.read(kSackRwnd, at + 8, 4), emit.read(kSackGaps, at + 12, 2), emit.read(kSackDuplicates, at + 14, 2);
  uint32_t next = at + 16, acked = 0, before = 0;
  const unsigned gaps = be16(p + at + 12), duplicates = be16(p + at + 14);
  for (unsigned i = 0; i < gaps && next + 4 <= end; ++i, next += 4) {
    const uint16_t from = be16(p + next), to = be16(p + next + 2);
    emit.read(kSackGapStart, next, 2), emit.number(kSackGapStartTsn, raw - base + from, next, 2);
    emit.read(kSackGapEnd, next + 2, 2), emit.number(kSackGapEndTsn, raw - base + to, next + 2, 2);
    emit.push();
    if (to < from) emit.expert(kSackGapMalformed, severity::kError, group::kProtocol, "Malformed gap block.");
    else if (from < before) emit.expert(kSackGapOrder, severity::kWarning, group::kProtocol, "Gap blocks not in strict order.");
    emit.pop();
    before = to;
    acked += to + 1u - from;
  }
  if (gaps) emit.number(kSackGapTsns, acked);
  if (acked > 100) emit.push(), emit.expert(kSackGapMany, severity::kWarning, group::kSequence, "More than 100 TSNs were gap-acknowledged in this SACK."), emit.pop();
  for (unsigned i = 0; i < duplicates && next + 4 <= end; ++i, next += 4) emit.read(kSackDuplicate, next, 4);
}

void retransmission(Emit& emit, const ChunkFacts* chunk) {
  if (!chunk || !chunk->first_frame) return;
  emit.push();
  emit.number(kRetransmission, chunk->first_frame);
  emit.push();
  emit.expert(kRetransmitted, severity::kNote, group::kSequence, "Retransmitted TSN");
  emit.time(kRetransmissionTime, chunk->since);
  emit.pop(), emit.pop();
}

void fragments(Emit& emit, const ChunkFacts& chunk) {
  const SctpMessage& m = *chunk.message;
  const auto size = static_cast<uint32_t>(m.bytes.size());
  std::string line;
  emit.put_in_buffer(kFragments, Value{}, chunk.buffer, 0, size);
  if (emit.showing()) {
    line = "Reassembled SCTP Fragments (", append_uint(line, size), line += " bytes, ", append_uint(line, m.pieces.size()), line += " fragments): ";
    emit.shown(line);
  }
  emit.push();
  uint32_t offset = 0;
  for (const SctpPiece& piece : m.pieces) {
    emit.put_in_buffer(kFragment, Value::of_uint(piece.frame), chunk.buffer, offset, piece.length);
    if (emit.showing()) {  // Wireshark counts the places from the message's length on
      line = "Frame: ", append_uint(line, piece.frame), line += ", payload: ", append_uint(line, size + offset), line += '-', append_uint(line, size + offset + piece.length - 1);
      line += " (", append_uint(line, piece.length), line += " bytes)";
      emit.shown(line);
    }
    offset += piece.length;
  }
  emit.pop();
}

void details(Emit& emit) {
  emit.fixed(kSrcPort, kTag);
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < kHeader) return;
  const uint8_t* p = emit.at(0);
  const Facts* facts = facts_of(emit.packet(), emit.layer());
  const LayerRef& layer = emit.layer();
  const bool cut = layer.cap_end < layer.end;
  if (!cut) emit.number(kAssociation, kNoAssociation);
  emit.fixed(kChecksum);
  emit.number(kChecksumStatus, 2);
  each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (cut && at + length > have) return false;  // nothing is said of a chunk of which not all was captured
    emit.read(kChunkType, at, 1);
    emit.push(), emit.read(kChunkBit1, at, 1), emit.read(kChunkBit2, at, 1), emit.pop();
    emit.read(kChunkFlags, at + 1, 1);
    const uint32_t end = std::min(at + length, have), body = at + 4;
    if (type == 0) {
      emit.push();
      for (unsigned row = kDataI; row <= kDataE; ++row) emit.read(row, at + 1, 1);
      emit.pop();
    }
    if (type == 14) emit.read(kShutdownT, at + 1, 1);
    if (type == 6) emit.read(kAbortT, at + 1, 1);
    emit.read(kChunkLength, at + 2, 2);
    if (length < 4) return false;
    switch (type) {
      case 0:
        if (end < at + 16) break;
        emit.number(kTsn, be32(p + body) - (facts && facts->has_own ? facts->own : 0), body, 4);
        retransmission(emit, facts ? facts->chunk(at) : nullptr);
        emit.read(kTsnRaw, body, 4), emit.read(kSid, at + 8, 2), emit.read(kSsn, at + 10, 2), emit.read(kPpid, at + 12, 4);
        if (const ChunkFacts* chunk = facts ? facts->chunk(at) : nullptr; chunk && chunk->message) fragments(emit, *chunk);
        break;
      case 1: case 2: {
        if (end < at + 20) break;
        const unsigned first = type == 1 ? kInitTag : kInitAckTag;
        emit.read(kInitiateTag, body, 4);
        emit.read(first, body, 4), emit.read(first + 1, body + 4, 4), emit.read(first + 2, body + 8, 2), emit.read(first + 3, body + 10, 2), emit.read(first + 4, body + 12, 4);
        parameters(emit, at + 20, end);
        break;
      }
      case 3: if (end >= at + 16) sack(emit, at, end, facts); break;
      case 4: case 5: parameters(emit, body, end); break;
      case 6: case 9: causes(emit, body, end); break;
      case 7: emit.read(kShutdownTsn, body, 4); break;
      case 10: if (end > body) emit.bytes(kCookie, body, end - body); break;
      case 12: emit.read(kEcneTsn, body, 4); break;
      case 192:
        emit.read(kForwardTsn, body, 4);
        for (uint32_t i = body + 4; i + 4 <= end; i += 4) emit.read(kForwardSid, i, 2), emit.read(kForwardSsn, i + 2, 2);
        break;
      case 8: case 11: case 13: case 14: break;
      default: if (end > body) emit.bytes(kChunkValue, body, end - body);
    }
    const uint32_t padding = -length & 3u;
    if (padding && at + length + padding <= have) emit.bytes(kChunkPadding, at + length, padding);
    return true;
  });
}

// The end of the last gap block stands behind the number that all are acknowledged to.
void acked_gap(std::string& info, const uint8_t* chunk, uint32_t left) {
  const uint32_t gaps = left >= 16 ? be16(chunk + 12) : 0, last = 12 + gaps * 4;
  if (!gaps || last + 4 > left || last + 4 > be16(chunk + 2) || !be16(chunk + last + 2)) return;
  info += '+', append_uint(info, be16(chunk + last + 2));
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("SCTP");
  const uint32_t have = l.cap_end - l.offset;
  std::string info;
  const Facts* facts = facts_of(d, l);
  if (have >= kHeader)
    each_chunk(d.at(l), have, [&](uint8_t type, uint32_t at, uint32_t length) {
      const uint8_t* chunk = d.at(l) + at;
      const std::string_view name = value_name(kChunkTypes, type);
      info += name.empty() ? "UNKNOWN" : name, info += ' ';
      if (l.cap_end < l.end && at + length > have) return false;
      if (type == 0 && at + 8 <= have) {
        info += "(TSN=", append_uint(info, be32(chunk + 4) - (facts && facts->has_own ? facts->own : 0)), info += ") ";
        const ChunkFacts* known = facts ? facts->chunk(at) : nullptr;
        if (known && known->first_frame) info += "(retransmission) ";
        else if ((chunk[1] & 3) != 3 && be16(chunk + 2) > 16 && !(known && known->message)) info += "(Message Fragment) ";
      }
      if (type == 3 && at + 12 <= have) info += "(Ack=", append_uint(info, be32(chunk + 4) - (facts && facts->has_other ? facts->other : 0)), acked_gap(info, chunk, have - at), info += ", Arwnd=", append_uint(info, be32(chunk + 8)), info += ") ";
      return true;
    });
  c.set_info(info);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Stream Control Transmission Protocol";
  if (l.cap_end - l.offset < 4) return;
  for (auto [before, at] : {std::pair{", Src Port: ", 0}, {", Dst Port: ", 2}}) {
    const uint16_t port = be16(d.at(l) + at);
    out += before, append_uint(out, port), out += " (", append_uint(out, port), out += ')';
  }
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 132}};

}  // namespace

const ProtocolDef kSctpDef = {.name = "sctp", .long_name = "Stream Control Transmission Protocol", .short_name = "SCTP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head};

}  // namespace wiretail::dissect
