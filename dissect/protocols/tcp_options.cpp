// TCP options: their fields, what is wrong with them, and what the Info column says of them. RFC 9293 §3.1, RFC 7323,
// RFC 2018, RFC 2883, RFC 1072, RFC 1644, RFC 2385, RFC 4782, RFC 5482, RFC 5925, RFC 6994, RFC 7413, CCSDS 714.0 (SCPS),
// draft-ietf-tcpm-accurate-ecn. Multipath TCP is in tcp_mptcp.cpp.
#include <algorithm>

#include "dissect/format.hpp"
#include "dissect/protocols/tcp_details.hpp"
#include "dissect/protocols/tcp_rows.hpp"

namespace wiretail::dissect::tcp {
namespace {

enum Kind : uint8_t {
  kEnd = 0, kNoOperation = 1, kMss = 2, kWindowScale = 3, kSackPermitted = 4, kSack = 5, kEcho = 6, kEchoReply = 7, kTimestamps = 8,
  kCc = 11, kCcNew = 12, kCcEcho = 13, kMd5Signature = 19, kScps = 20, kSnack = 21, kRecord = 22, kCorruption = 23, kQuickStart = 27,
  kUserTimeout = 28, kAuthentication = 29, kMptcp = 30, kFastOpen = 34, kProbe = 76, kTransparency = 78, kAccEcn0 = 172, kAccEcn1 = 174,
  kExperiment1 = 253, kExperiment2 = 254
};
enum ExperimentId : uint16_t { kExAccEcn0 = 0xacc0, kExAccEcn1 = 0xacc1, kExFastOpen = 0xf989, kExAckRate = 0x00ac };

// What an option is called in a complaint, the row of the whole of it, and how long it has to be: exactly, at least, or
// anything. Replies and the kinds of CC share a row, as in Wireshark, which registers more names than it shows.
constexpr unsigned kNoItem = 0xffff;
struct Shape {
  uint8_t kind;
  std::string_view name;
  unsigned item;
  uint8_t exact = 0, least = 0;
};
constexpr Shape kShapes[] = {
    {kMss, "Maximum segment size", kItemMss, 4}, {kWindowScale, "Window scale", kItemWscale, 3}, {kSackPermitted, "SACK permitted", kItemSackPerm, 2},
    {kSack, "SACK", kItemSack, 0, 2}, {kEcho, "Echo", kItemEcho, 6}, {kEchoReply, "Echo reply", kItemEcho, 6},
    {kTimestamps, "Timestamps", kItemTimestamp, 10}, {kCc, "CC", kItemCc, 6}, {kCcNew, "CC.NEW", kItemCc, 6}, {kCcEcho, "CC.ECHO", kItemCc, 6},
    {kMd5Signature, "TCP MD5 signature", kItemMd5, 18}, {kScps, "SCPS capabilities", kItemScps},
    {kSnack, "Selective Negative Acknowledgment", kItemSnack, 6}, {kRecord, "SCPS record boundary", kItemScpsrec, 2},
    {kCorruption, "SCPS corruption experienced", kItemScpscor, 2}, {kQuickStart, "Quick-Start", kItemQs, 8},
    {kUserTimeout, "User Timeout", kItemUserTo, 4}, {kAuthentication, "TCP AO", kItemAo, 0, 4}, {kMptcp, "MPTCP", kNoItem},
    {kFastOpen, "TCP Fast Open", kItemTfo, 0, 2}, {kProbe, "Riverbed Probe", kItemRvbdProbe, 0, 3},
    {kTransparency, "Riverbed Transparency", kItemRvbdTrpy, 16}, {kAccEcn0, "Accurate ECN", kItemAccEcn}, {kAccEcn1, "Accurate ECN", kItemAccEcn},
    {kExperiment1, "Experimental", kItemExperimental, 0, 4}, {kExperiment2, "Experimental", kItemExperimental, 0, 4}};

const Shape* shape_of(uint8_t kind) {
  for (const Shape& s : kShapes)
    if (s.kind == kind) return &s;
  return nullptr;
}

// Calls f(kind, offset, length) for each option that fits, offsets from the segment's start, and bad(kind, offset, length)
// for the one that ends the list by not fitting. Of the header `have` bytes were captured; the option that is cut by that
// is the last.
template <class F, class B>
void each(const uint8_t* p, uint32_t header, uint32_t have, F&& f, B&& bad) {
  const uint32_t present = std::min(header, have);
  for (uint32_t at = 20; at < present;) {
    uint8_t kind = p[at];
    if (kind == kEnd) {
      for (; at < present && p[at] == kEnd; ++at) f(kind, at, 1u);
      if (at < present) bad(kEnd, at, 0u);
      return;
    }
    if (kind == kNoOperation) {
      f(kind, at++, 1u);
      continue;
    }
    if (at + 1 >= header) return bad(kind, at, 256u);
    if (at + 1 >= present) return;
    uint32_t length = p[at + 1];
    if (length < 2 || at + length > header) return bad(kind, at, length);
    f(kind, at, length);
    at += length;
  }
}
template <class F>
void each(const uint8_t* p, uint32_t header, uint32_t have, F&& f) {
  each(p, header, have, f, [](uint8_t, uint32_t, uint32_t) {});
}

void wrong_length(Emit& emit, const std::string& text) { emit.expert(kOptionLenInvalid, severity::kNote, group::kSequence, text); }

void does_not_fit(Emit& emit, uint8_t kind, uint32_t length) {
  if (kind == kEnd) {
    emit.branch("Non-zero header padding");
    Emit::Below below(emit);
    return emit.expert(kNonZeroBytesAfterEol, severity::kError, group::kProtocol, "Non-zero header padding");
  }
  std::string text;
  if (const Shape* shape = shape_of(kind)) {
    text = shape->name;
  } else {
    static constexpr char kDigits[] = "0123456789abcdef";
    text = "Unknown (0x";
    text += kDigits[kind >> 4], text += kDigits[kind & 15], text += ')';
  }
  if (length > 255) {
    text += " (length byte past end of options)";
  } else if (length < 2) {
    text += " (with too-short option length = ";
    append_uint(text, length), text += length == 1 ? " byte)" : " bytes)";
  } else {
    text += " (option length = ";
    append_uint(text, length), text += " bytes says option goes past end of options)";
  }
  wrong_length(emit, text);
}

// False, and said so: the option has another length than its kind has.
bool right_length(Emit& emit, const Shape& shape, uint32_t length) {
  std::string text;
  if (shape.exact && length != shape.exact) {
    text = "option length should be ";
    append_uint(text, shape.exact);
  } else if (length < shape.least && shape.kind == kProbe) {
    text = "option length should be >= 3)";  // so it stands there
  } else if (length < shape.least) {
    text = "option length ";
    append_uint(text, length), text += " smaller than ", append_uint(text, shape.least);
  } else {
    return true;
  }
  wrong_length(emit, text);
  return false;
}

// Counters of 24 bits, `order` 0: ECT(0), CE, ECT(1); 1 the other way round.
void accurate_ecn(Emit& emit, uint32_t at, uint32_t length, int order) {
  const unsigned rows[2][3] = {{kAccEcnEe0b, kAccEcnEceb, kAccEcnEe1b}, {kAccEcnEe1b, kAccEcnEceb, kAccEcnEe0b}};
  for (uint32_t i = 0; i < 3 && 3 * i + 3 <= length; ++i) emit.read(rows[order][i], at + 3 * i, 3);
}
void accurate_ecn_info(std::string& out, const uint8_t* p, uint32_t length, int order) {
  static constexpr std::string_view kNames[2][3] = {{" EE0B=", " ECEB=", " EE1B="}, {" EE1B=", " ECEB=", " EE0B="}};
  if (length == 0) out += " AccECN";
  if (length % 3 || length > 9) return;
  for (uint32_t i = 0; 3 * i + 3 <= length; ++i) out += kNames[order][i], append_uint(out, be24(p + 3 * i));
}
bool counters_fit(Emit& emit, uint32_t length, uint32_t head) {
  if (length >= head && (length - head) % 3 == 0 && length - head <= 9) return true;
  std::string text = "option length should be ";
  for (uint32_t i = 0; i < 4; ++i) append_uint(text, head + 3 * i), text += i < 2 ? ", " : i == 2 ? ", or " : " instead of ";
  append_uint(text, length);
  wrong_length(emit, text);
  return false;
}

void fast_open_cookie(Emit& emit, const uint8_t* p, uint32_t at, uint32_t length) {
  emit.bytes(kTfoCookie, at, length);
  if ((p[13] & 0x12) == 2) emit.expert(kAnalysisTfoSyn, severity::kNote, group::kSequence, "TCP SYN with TFO Cookie");
}

void experiment(Emit& emit, const uint8_t* p, uint32_t at, uint32_t length) {
  uint16_t id = be16(p + at + 2);
  bool counters = id == kExAccEcn0 || id == kExAccEcn1, fit = !counters || counters_fit(emit, length, 4);
  if (id == kExAckRate && length != 4 && length != 5) wrong_length(emit, "option length should be 4 or 5 instead of " + std::to_string(length));
  emit.read(kExpExid, at + 2, 2);
  if (counters) {
    if (fit) accurate_ecn(emit, at + 4, length - 4, id & 1);
  } else if (id == kExFastOpen) {
    if (length == 4) emit.none(kTfoRequest, at + 2, 2);
    else fast_open_cookie(emit, p, at + 4, length - 4);
  } else if (id == kExAckRate) {  // draft-gomez-tcpm-ack-rate-request: a rate, and a reserved bit
    if (length == 5) emit.read(kTarrRate, at + 4, 1), emit.read(kTarrReserved, at + 4, 1);
  } else if (length > 4) {
    emit.bytes(kExpData, at + 4, length - 4);
  }
}

// False: not even one block is whole; Wireshark reads no further then.
bool selective_acknowledgement(Emit& emit, const uint8_t* p, uint32_t at, uint32_t length, uint32_t other_base) {
  const uint32_t ack = be32(p + 8);
  uint32_t blocks = 0, i = at + 2;
  for (; i + 8 <= at + length; i += 8, ++blocks) {
    emit.number(kSackLe, be32(p + i) - other_base, i, 4);
    emit.number(kSackRe, be32(p + i + 4) - other_base, i + 4, 4);
  }
  if (i < at + length) {
    emit.expert(kSuboptionMalformed, severity::kError, group::kMalformed, "suboption would go past end of option");
  }
  if (!blocks) emit.damage(kMalformed);
  emit.number(kSackCount, blocks);
  // A first block that ends at or below the acknowledgement, or in the second, says what arrived twice (RFC 2883).
  if (!blocks) return false;
  uint32_t left = be32(p + at + 2), right = be32(p + at + 6);
  bool twice = static_cast<int32_t>(right - ack) <= 0;
  if (!twice && blocks > 1) twice = static_cast<int32_t>(right - be32(p + at + 10)) > 0 && static_cast<int32_t>(right - be32(p + at + 14)) <= 0;
  if (!twice) return true;
  emit.number(kDsackLe, left - other_base, at + 2, 4);
  emit.number(kDsackRe, right - other_base, at + 6, 4);
  emit.branch("D-SACK Sequence");
  Emit::Below below(emit);
  emit.expert(kSackDsack, severity::kWarning, group::kSequence, "D-SACK Sequence");
  return true;
}

// The name of an option in the list of them all, and in its own line.
std::string_view item_name(uint8_t kind) {
  if (kind == kEnd) return kRows[kItemEol].blurb;
  if (kind == kNoOperation) return kRows[kItemNop].blurb;
  const Shape* shape = shape_of(kind);
  return !shape ? kRows[kItemUnknown].blurb : shape->item == kNoItem ? shape->name : kRows[shape->item].blurb;
}

// "Options: (12 bytes), No-Operation (NOP), No-Operation (NOP), Timestamps"
void list_options(Emit& emit, const uint8_t* p, uint32_t header, uint32_t have) {
  if (!emit.showing()) return;
  std::string text = "Options: (";
  append_uint(text, header - 20), text += " bytes)";
  each(p, header, have, [&](uint8_t kind, uint32_t, uint32_t) { text += ", ", text += item_name(kind); });
  emit.shown(text);
}

// The line of one option, with its values.
void name_option(Emit& emit, uint8_t kind, const uint8_t* p, uint32_t length, uint32_t there, uint32_t other_base) {
  if (!emit.showing()) return;
  std::string text = "TCP Option - ";
  text += item_name(kind);
  const Shape* shape = shape_of(kind);
  const bool good = shape && there >= length && (!shape->exact || length == shape->exact) && length >= shape->least;
  auto number = [&](std::string_view before, uint32_t v, std::string_view after = {}) { text += before, append_uint(text, v), text += after; };
  if (good) {
    switch (kind) {
      case kMss: number(": ", be16(p + 2), " bytes"); break;
      case kWindowScale: number(": ", p[2]), number(" (multiply by ", 1u << std::min<uint8_t>(p[2], 14), ")"); break;
      case kSack:
        for (uint32_t i = 2; i + 8 <= length; i += 8) number(" ", be32(p + i) - other_base), number("-", be32(p + i + 4) - other_base);
        break;
      case kEcho:
      case kEchoReply:
      case kCc:
      case kCcNew:
      case kCcEcho: number(": ", be32(p + 2)); break;
      case kTimestamps: number(": TSval ", be32(p + 2)), number(", TSecr ", be32(p + 6)); break;
      default: break;
    }
  }
  emit.shown(text);
}

void scps(Emit& emit, uint32_t at, uint32_t length) {
  if (length != 4) return;
  emit.read(kScpsVector, at + 2, 1);
  for (unsigned row : {kScpsflagsBets, kScpsflagsSnack1, kScpsflagsSnack2, kScpsflagsCompress, kScpsflagsNlts, kScpsflagsReserved}) emit.read(row, at + 2, 1);
  emit.read(kScpsBinding, at + 3, 1);
}

// The snapshot length ends within the option: Emit::read passes over what is not there.
void cut_option(Emit& emit, uint8_t kind, uint32_t at, uint32_t length, uint32_t other_base) {
  switch (kind) {
    case kTimestamps: emit.read(kTsVal, at + 2, 4); break;
    case kSack: {
      const uint32_t have = emit.layer().cap_end - emit.layer().offset;
      for (uint32_t i = at + 2; i + 8 <= at + length && i + 4 <= have; i += 8) {
        emit.number(kSackLe, be32(emit.at(i)) - other_base, i, 4);
        if (i + 8 <= have) emit.number(kSackRe, be32(emit.at(i + 4)) - other_base, i + 4, 4);
      }
      break;
    }
    case kQuickStart: emit.read(kQsRate, at + 2, 1); emit.read(kQsTtlDiff, at + 3, 1); break;
    case kAuthentication: emit.read(kAoKeyid, at + 2, 1); emit.read(kAoRnextkeyid, at + 3, 1); break;
    case kSnack: emit.read(kSnackOffset, at + 2, 2); break;
    default: break;
  }
}

// Of the options only these can make the segment malformed.
bool may_be_damaged(const uint8_t* p, uint32_t header, uint32_t have) {
  if (header == 32 && have >= 32 && be32(p + 20) == 0x0101080a) return false;  // timestamps alone
  bool found = false;
  each(p, header, have, [&](uint8_t kind, uint32_t, uint32_t) { found |= kind == kSack || kind == kSnack; });
  return found;
}

}  // namespace

bool may_be_damaged(const Dissection& packet, const LayerRef& layer) {
  const uint8_t* p = packet.at(layer);
  const uint32_t have = layer.cap_end - layer.offset;
  if (have < 20) return false;
  const uint32_t header = (p[12] >> 4) * 4u;
  return header > 20 && may_be_damaged(p, header, have);
}

void option_details(Emit& emit, uint32_t header, uint32_t other_base) {
  const uint32_t have = emit.layer().cap_end - emit.layer().offset;
  if (header <= 20) return;
  if (!emit.wants_notes() && !emit.wants_any(kOptions, kMptcpSubtype) && !emit.wants_any(kAnalysisTfoAck, kItemUnknown) && !may_be_damaged(emit.at(0), header, have)) return;
  emit.bytes(kOptions, 20, header - 20);
  const uint8_t* p = emit.at(0);
  list_options(emit, p, header, have);
  emit.push();
  const bool syn = p[13] & 2;
  bool mss_seen = false, broken = false, stopped = false;
  unsigned nops = 0;
  each(p, header, have, [&](uint8_t kind, uint32_t at, uint32_t length) {
    if (stopped) return;
    if (kind == kNoOperation && at % 4 == 0 && nops) nops = 0;  // one that begins a word counts only as the first
    else if (kind == kNoOperation && ++nops == 4) emit.expert(kNop, severity::kWarning, group::kProtocol, "4 NOP in a row - a router may have removed some options");
    const Shape* shape = shape_of(kind);
    const unsigned item = kind == kEnd ? kItemEol : kind == kNoOperation ? kItemNop : shape ? shape->item : kItemUnknown;
    if (item != kNoItem) emit.bytes(item, at, length), name_option(emit, kind, p + at, length, have - std::min(have, at), other_base);
    Emit::Below below(emit);
    if (kind == kMss) {
      mss_seen = true;
      if (!syn) emit.expert(kMssPresent, severity::kWarning, group::kProtocol, "The non-SYN packet does contain a MSS option");
    }
    emit.number(kOptionKind, kind, at, 1);
    // Said once, where the fourth or a later one fills up a word; other options between them do not matter.
    if (kind == kEnd || kind == kNoOperation) return;
    emit.number(kOptionLen, length, at + 1, 1);
    if (shape && !right_length(emit, *shape, length)) return;
    if (at + length > have) return cut_option(emit, kind, at, length, other_base);
    switch (kind) {
      case kMss: emit.read(kMssVal, at + 2, 2); break;
      case kWindowScale:
        emit.read(kWscaleShift, at + 2, 1);
        if (p[at + 2] > 14) emit.expert(kWscaleShiftInvalid, severity::kWarning, group::kProtocol, "Window scale shift exceeds 14");
        emit.number(kWscaleMultiplier, 1u << std::min<uint8_t>(p[at + 2], 14), at + 2, 1);
        break;
      case kSack: stopped = !selective_acknowledgement(emit, p, at, length, other_base); break;
      case kEcho:
      case kEchoReply: emit.read(kEchoValue, at + 2, 4); break;
      case kCc:
      case kCcNew:
      case kCcEcho: emit.read(kCcValue, at + 2, 4); break;
      case kTimestamps:
        emit.read(kTsVal, at + 2, 4);
        emit.read(kTsEcr, at + 6, 4);
        break;
      case kMd5Signature: emit.bytes(kMd5, at + 2, length - 2); break;
      case kScps: scps(emit, at, length); break;
      case kSnack:
        emit.read(kSnackOffset, at + 2, 2);
        emit.read(kSnackSize, at + 4, 2);
        emit.damage(kMalformed);  // Wireshark looks for edges behind the option, and finds none
        stopped = true;
        break;
      case kQuickStart:
        emit.read(kQsRate, at + 2, 1);
        emit.read(kQsTtlDiff, at + 3, 1);
        break;
      case kUserTimeout:
        emit.read(kUserToGranularity, at + 2, 2);
        emit.read(kUserToVal, at + 2, 2);
        break;
      case kAuthentication:
        emit.read(kAoKeyid, at + 2, 1);
        emit.read(kAoRnextkeyid, at + 3, 1);
        if (length > 4) emit.bytes(kAoMac, at + 4, length - 4);
        break;
      case kFastOpen:
        if (length == 2) {
          emit.none(kTfoRequest, at, 2);
        } else {
          fast_open_cookie(emit, p, at + 2, length - 2);
        }
        break;
      case kMptcp:
        stopped = length < 3 || (length == 3 && p[at + 2] >> 4 != 5);  // only the priority's is so short
        if (length > 2) mptcp_details(emit, at, length);
        break;
      case kAccEcn0:
      case kAccEcn1:
        if (counters_fit(emit, length, 2)) accurate_ecn(emit, at + 2, length - 2, kind == kAccEcn1);
        break;
      case kExperiment1:
      case kExperiment2: experiment(emit, p, at, length); break;
      default:
        if (!shape && length > 2) emit.bytes(kUnknownPayload, at + 2, length - 2);
    }
  }, [&](uint8_t kind, uint32_t, uint32_t length) {
    if (stopped) return;
    does_not_fit(emit, kind, length);
    broken = true;
  });
  if (syn && !mss_seen && !broken && !stopped && have >= header) emit.expert(kMssAbsent, severity::kNote, group::kProtocol, "The SYN packet does not contain a MSS option");
  emit.pop();
}

void append_option_info(std::string& out, const uint8_t* p, uint32_t header, uint32_t have, uint32_t other_base) {
  auto number = [&](std::string_view name, uint32_t v) {
    out += ' ', out += name, out += '=';
    append_uint(out, v);
  };
  each(p, header, have, [&](uint8_t kind, uint32_t at, uint32_t length) {
    const Shape* shape = shape_of(kind);
    if (at + length > have) {  // cut by the snapshot length: what is said before it is read, and the blocks that are there
      if (kind != kSack && kind != kMd5Signature && kind != kAuthentication) return;
      if (kind == kSack && shape && length >= shape->least) length = std::min(length, have - at);
    }
    if (!shape || (kind != kSackPermitted && ((shape->exact && length != shape->exact) || length < shape->least))) return;
    switch (kind) {
      case kMss: number("MSS", be16(p + at + 2)); break;
      case kWindowScale: number("WS", 1u << std::min<uint8_t>(p[at + 2], 14)); break;
      case kSackPermitted: out += " SACK_PERM"; break;
      case kSack:
        for (uint32_t i = at + 2; i + 8 <= at + length; i += 8) number("SLE", be32(p + i) - other_base), number("SRE", be32(p + i + 4) - other_base);
        break;
      case kEcho:
      case kEchoReply: number("ECHO", be32(p + at + 2)); break;
      case kCc:
      case kCcNew:
      case kCcEcho: number("CC", be32(p + at + 2)); break;
      case kTimestamps: number("TSval", be32(p + at + 2)), number("TSecr", be32(p + at + 6)); break;
      case kMd5Signature: out += " MD5"; break;
      case kQuickStart:
        if (const std::string_view rate = value_name(transport_names::kTcpOptionsQsRate, p[at + 2] & 15); !rate.empty()) out += " QSresp=", out += rate;
        break;
      case kScps: {
        if (length < 4) break;
        static constexpr std::pair<uint8_t, const char*> kBits[] = {{0x80, "BETS"}, {0x40, "SNACK1"}, {0x20, "SNACK2"}, {0x10, "COMP"}, {0x08, "NLTS"}, {0x07, "RESERVED"}};
        out += " SCPS[";
        bool first = true;
        for (auto [bit, name] : kBits)
          if (p[at + 2] & bit) out += first ? "" : ", ", out += name, first = false;
        out += "] Connection ID=", append_uint(out, p[at + 3]);
        break;
      }
      case kUserTimeout: number("USER_TO", be16(p + at + 2) & 0x7fff); break;
      case kAuthentication: out += "TCP AO"; break;
      case kFastOpen: out += length == 2 ? " TFO=R" : " TFO=C"; break;
      case kAccEcn0:
      case kAccEcn1: accurate_ecn_info(out, p + at + 2, length - 2, kind == kAccEcn1); break;
      case kExperiment1:
      case kExperiment2: {
        uint16_t id = be16(p + at + 2);
        if (id == kExFastOpen) out += length == 4 ? " TFO=R" : " TFO=C";
        else if (id == kExAccEcn0 || id == kExAccEcn1) accurate_ecn_info(out, p + at + 4, length - 4, id & 1);
        else if (id == kExAckRate) {
          if (length <= 5) out += " TARR";
          if (length == 5) out += '=', append_uint(out, p[at + 4] >> 1);
        } else {
          static constexpr char kDigits[] = "0123456789ABCDEF";
          out += " ExID=";
          bool begun = false;
          for (int shift = 12; shift >= 0; shift -= 4)
            if (unsigned digit = id >> shift & 15; digit || begun || shift == 0) out += kDigits[digit], begun = true;
        }
        break;
      }
      default: break;
    }
  });
}

}  // namespace wiretail::dissect::tcp
