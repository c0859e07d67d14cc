// The rows of the `sctp` table, and what its files share. RFC 9260; partial reliability: RFC 3758; authentication: RFC 4895; addresses
// that change: RFC 5061; streams that change: RFC 6525; interleaved messages: RFC 8260; SACK that is final and reports of lost packets:
// draft-tuexen-tsvwg-sctp-multipath, draft-stewart-sctp-pktdrprep.
#pragma once
#include "dissect/dissection.hpp"
#include "dissect/protocols/transport_names.hpp"

namespace wiretail::dissect::sctp {

constexpr ValueName kSkipChunkNames[] = {{0, "Stop processing of the packet"}, {1, "Skip chunk and continue processing of the packet"}};
constexpr ValueName kSkipParameterNames[] = {{0, "Stop processing of chunk"}, {1, "Skip parameter and continue processing of the chunk"}};
constexpr ValueName kReportNames[] = {{0, "Do not report"}, {1, "Do report"}};
constexpr ValueName kEndNames[] = {{0, "Not the last segment"}, {1, "Last segment"}};
constexpr ValueName kBeginNames[] = {{0, "Subsequent segment"}, {1, "First segment"}};
constexpr ValueName kUnorderedNames[] = {{0, "Ordered delivery"}, {1, "Unordered delivery"}};
constexpr ValueName kImmediateNames[] = {{0, "Possibly delay SACK"}, {1, "Send SACK immediately"}};
constexpr ValueName kMessageOrderNames[] = {{0, "Ordered messages"}, {1, "Unordered messages"}};
constexpr ValueName kDropMNames[] = {{0, "Source is an endhost"}, {1, "Source is a middlebox"}};
constexpr ValueName kDropBNames[] = {{0, "SCTP checksum was correct"}, {1, "SCTP checksum was incorrect"}};
constexpr ValueName kDropTNames[] = {{0, "Packet is not truncated"}, {1, "Packet is truncated"}};
constexpr ValueName kHmacNames[] = {{0, "Reserved"}, {1, "SHA-1"}, {2, "Reserved"}, {3, "SHA-256"}};
constexpr ValueName kResultNames[] = {
    {0, "Nothing to do"}, {1, "Performed"}, {2, "Denied"}, {3, "Error - Wrong SSN"}, {4, "Error - Request already in progress"}, {5, "Error - Bad sequence number"}, {6, "In progress"}};
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
  kPreservative, kHostname, kAddressType, kCauseCode, kCauseLength, kCauseInformation, kCausePadding,
  kDataReserved, kMid, kFsn, kNrNounce, kNrTsn, kNrRwnd, kNrGaps, kNrNrGaps, kNrDuplicates, kNrReserved, kNrGapStart, kNrGapStartTsn, kNrGapEnd, kNrGapEndTsn, kNrGapTsns,
  kNrNrGapStart, kNrNrGapStartTsn, kNrNrGapEnd, kNrNrGapEndTsn, kNrNrGapTsns, kNrDuplicate, kNrGapMany, kNrNrGapMany, kCwrTsn, kIForwardTsn, kIForwardSid, kIForwardFlags,
  kIForwardReserved, kIForwardU, kIForwardMid, kReconfigRequest, kReconfigResponse, kReconfigLastTsn, kReconfigSenderTsn, kReconfigReceiverTsn,
  kReconfigResult, kReconfigSid, kAddOut, kAddOutReserved, kAddIn, kAddInReserved, kAsconfNumber, kAsconfAckNumber, kCorrelation, kAdaptation, kRandom,
  kAuthenticated, kHmacId, kHmac, kKeyId, kSupportedChunk, kCauseStream, kCauseReserved, kMissingCount, kMissing, kStaleness, kCauseTsn, kDropM, kDropB,
  kDropT, kDropBandwidth, kDropQueue, kDropTruncated, kDropReserved, kDropData, kPaddingData, kSackZeroWindow, kRetransmittedOften, kPaddingNote,
  kParameterLengthBad, kChunkLengthBad
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
    {.name = "sctp.data_reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.data_mid", .label = "Message identifier", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.data_fsn", .label = "Fragment sequence number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_nounce_sum", .label = "Nounce sum", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x1, .flags = kMulti},
    {.name = "sctp.nr_sack_cumulative_tsn_ack", .label = "Cumulative TSN ACK", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_a_rwnd", .label = "Advertised receiver window credit (a_rwnd)", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_number_of_gap_blocks", .label = "Number of gap acknowledgement blocks", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_number_of_nr_gap_blocks", .label = "Number of nr-gap acknowledgement blocks", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_number_of_duplicated_tsns", .label = "Number of duplicated TSNs", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.nr_sack_gap_block_start", .label = "Start", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_gap_block_start_tsn", .label = "Start TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.nr_sack_gap_block_end", .label = "End", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_gap_block_end_tsn", .label = "End TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.nr_sack_number_of_tsns_gap_acked", .label = "Number of TSNs in gap acknowledgement blocks", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.nr_sack_nr_gap_block_start", .label = "Start", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_nr_gap_block_start_tsn", .label = "Start TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.nr_sack_nr_gap_block_end", .label = "End", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_nr_gap_block_end_tsn", .label = "End TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.nr_sack_number_of_tsns_nr_gap_acked", .label = "Number of TSNs in nr-gap acknowledgement blocks", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "sctp.nr_sack_duplicate_tsn", .label = "Duplicate TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.nr_sack_number_of_tsns_gap_acked.100", .label = "More than 100 TSNs were gap-acknowledged in this NR-SACK.", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.nr_sack_number_of_tsns_nr_gap_acked.100", .label = "More than 100 TSNs were nr-gap-acknowledged in this NR-SACK.", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.cwr_lowest_tsn", .label = "Lowest TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.i_forward_tsn_tsn", .label = "New cumulative TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.i_forward_tsn_sid", .label = "Stream identifier", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.i_forward_tsn_flags", .label = "Flags", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.i_forward_tsn_res", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xfffe, .flags = kMulti},
    {.name = "sctp.i_forward_tsn_u_bit", .label = "U-Bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kMessageOrderNames, .flags = kMulti, .bits = 16},
    {.name = "sctp.forward_tsn_mid", .label = "Message identifier", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_reconfig_request_sequence_number", .label = "Re-configuration request sequence number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_reconfig_response_sequence_number", .label = "Re-configuration response sequence number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_senders_last_assigned_tsn", .label = "Senders last assigned TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_senders_next_tsn", .label = "Senders next TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_receivers_next_tsn", .label = "Receivers next TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_reconfig_response_result", .label = "Result", .type = FieldType::kUint32, .base = Base::kDec, .names = kResultNames, .flags = kMulti},
    {.name = "sctp.parameter_reconfig_sid", .label = "Stream Identifier", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_add_outgoing_streams_number", .label = "Number of streams", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_add_outgoing_streams_reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_add_incoming_streams_number", .label = "Number of streams", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.parameter_add_incoming_streams_reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.asconf_seq_nr_number", .label = "Sequence number", .type = FieldType::kUint32, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.asconf_ack_seq_nr_number", .label = "Sequence number", .type = FieldType::kUint32, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.correlation_id", .label = "Correlation_id", .type = FieldType::kUint32, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.adaptation_layer_indication", .label = "Indication", .type = FieldType::kUint32, .base = Base::kHex, .flags = kMulti},
    {.name = "sctp.random_number", .label = "Random number", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.chunk_type_to_auth", .label = "Chunk type", .type = FieldType::kUint8, .base = Base::kDec, .names = kChunkTypes, .flags = kMulti},
    {.name = "sctp.hmac_id", .label = "HMAC identifier", .type = FieldType::kUint16, .base = Base::kDec, .names = kHmacNames, .flags = kMulti},
    {.name = "sctp.hmac", .label = "HMAC", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.shared_key_id", .label = "Shared key identifier", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.supported_chunk_type", .label = "Supported chunk type", .type = FieldType::kUint8, .base = Base::kDec, .names = kChunkTypes, .flags = kMulti},
    {.name = "sctp.cause_stream_identifier", .label = "Stream identifier", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.cause_reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.cause_nr_of_missing_parameters", .label = "Number of missing parameters", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.cause_missing_parameter_type", .label = "Missing parameter type", .type = FieldType::kUint16, .base = Base::kHex, .names = transport_names::kSctpParameterType, .flags = kMulti},
    {.name = "sctp.cause_measure_of_staleness", .label = "Measure of staleness in usec", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.cause_tsn", .label = "TSN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.pckdrop_m_bit", .label = "M-Bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kDropMNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.pckdrop_b_bit", .label = "B-Bit", .type = FieldType::kBoolean, .mask = 0x2, .names = kDropBNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.pckdrop_t_bit", .label = "T-Bit", .type = FieldType::kBoolean, .mask = 0x4, .names = kDropTNames, .flags = kMulti, .bits = 8},
    {.name = "sctp.pktdrop_bandwidth", .label = "Bandwidth", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.pktdrop_queuesize", .label = "Queuesize", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.pktdrop_truncated_length", .label = "Truncated length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.pktdrop_reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "sctp.pktdrop_datafield", .label = "Data field", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.padding_data", .label = "Padding data", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "sctp.sack_a_rwnd.expert", .label = "Zero Advertised Receiver Window Credit", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.retransmission.more_than_twice", .label = "This TSN was retransmitted more than 2 times.", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.parameter_padding.expert", .label = "The padding of this final parameter should be the padding of the chunk.", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.parameter_length.bad", .label = "Parameter length bad", .type = FieldType::kNone, .flags = kMulti | kExpert},
    {.name = "sctp.chunk_length.bad", .label = "Chunk length bad", .type = FieldType::kNone, .flags = kMulti | kExpert},
};

// Parameters from `at` to `end`, offsets in the layer; likewise causes of errors. Damage in them is the packet's.
void parameters(Emit& emit, uint32_t at, uint32_t end);
void causes(Emit& emit, uint32_t at, uint32_t end);
// The blocks of numbers that a SACK or an NR-SACK acknowledges beyond the first gap (RFC 9260 §3.3.4), in the order in which it has them.
class GapBlocks {
 public:
  void add(Emit& emit, uint16_t from, uint16_t to);  // says what is wrong with it, below the field that was emitted last
  void total(Emit& emit, unsigned row, unsigned note, std::string_view text) const;  // `note` of more than 100 numbers

 private:
  uint32_t acked_ = 0, before_ = 0;
};
// The body of a chunk of an extension; false if its type is none of them.
bool extension_chunk(Emit& emit, uint8_t type, uint32_t at, uint32_t end);

}  // namespace wiretail::dissect::sctp
