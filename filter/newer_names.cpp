#include "filter/newer_names.hpp"

#include <algorithm>

namespace wiretail::filter {
namespace {

// What `tshark -G values` of 4.0.17 and of 4.4 say of the fields that we have, where both name a value and differ: one name in
// the older is one name in the newer, whichever the field. Empty: the older one up to its bracket. Sorted by value.
struct Renamed {
  uint64_t value;
  std::string_view older, newer;
};
constexpr Renamed kRenamed[] = {
    {1, "A (Host Address)", ""},
    {1, "sub-IP component of an IP interface upon which datagram arrived", "Sub-IP component of an IP interface upon which datagram arrived"},
    {2, "NS (authoritative Name Server)", ""},
    {3, "MD (Mail Destination)", ""},
    {4, "MF (Mail Forwarder)", ""},
    {5, "CNAME (Canonical NAME for an alias)", ""},
    {5, "echconfig", "ech"},
    {6, "SOA (Start Of a zone of Authority)", ""},
    {7, "MB (MailBox domain name)", ""},
    {8, "MG (Mail Group member)", ""},
    {9, "MR (Mail Rename domain)", ""},
    {10, "NULL RR", "NULL"},
    {11, "WKS (Well Known Service)", ""},
    {12, "PTR (domain name PoinTeR)", ""},
    {13, "HINFO (host information)", ""},
    {14, "ECDSA Curve P-386 with SHA-386", "ECDSA Curve P-384 with SHA-384"},
    {14, "MINFO (Mailbox or mail list information)", ""},
    {15, "MX (Mail eXchange)", ""},
    {16, "TXT (Text strings)", ""},
    {17, "RP (Responsible Person)", ""},
    {18, "AFSDB (AFS Data Base location)", ""},
    {19, "X25 (XX.25 PSDN address)", ""},
    {20, "ISDN (ISDN address)", ""},
    {21, "RT (Route Through)", ""},
    {22, "NSAP (NSAP address)", ""},
    {23, "NSAP-PTR (NSAP domain name pointer)", ""},
    {24, "SIG (security signature)", ""},
    {25, "KEY (security key)", ""},
    {26, "PX (X.400 mail mapping information)", ""},
    {27, "GPOS (Geographical Position)", ""},
    {28, "AAAA (IPv6 Address)", ""},
    {29, "LOC (Location Information)", ""},
    {30, "NXT (Next Domain)", ""},
    {31, "EID (Endpoint Identifier)", ""},
    {32, "NIMLOC (Nimrod Locator)", ""},
    {33, "SRV (Server Selection)", ""},
    {34, "ATMA (ATM Address)", ""},
    {35, "NAPTR (Naming Authority Pointer)", ""},
    {36, "KX (Key Exchanger)", ""},
    {38, "A6 (OBSOLETE - use AAAA)", ""},
    {43, "DS (Delegation Signer)", ""},
    {44, "SSHFP (SSH Key Fingerprint)", ""},
    {46, "RRSIG (Resource Record Signature)", ""},
    {47, "NSEC (Next Secure)", ""},
    {48, "DNSKEY (DNS Public Key)", ""},
    {55, "HIP (Host Identity Protocol)", ""},
    {58, "TALINK (Trust Anchor LINK)", ""},
    {59, "CDS (Child DS)", ""},
    {60, "CDNSKEY (DNSKEY(s) the Child wants reflected in DS)", ""},
    {61, "OPENPGPKEY (OpenPGP Key)", ""},
    {62, "CSYNC (Child-to-Parent Synchronization)", ""},
    {64, "SVCB (General Purpose Service Endpoints)", ""},
    {65, "HTTPS (HTTPS Specific Service Endpoints)", ""},
    {99, "RPL Option", "RPL Option (deprecated)"},
    {104, "NID (NodeID)", ""},
    {105, "L32 (Locator32)", ""},
    {106, "L64 (Locator64)", ""},
    {107, "LP (Locator FQDN)", ""},
    {144, "Unassigned", "AGGFRAG"},
    {145, "Unassigned", "NSH"},
    {146, "Unassigned", "Homa"},
    {147, "Unassigned", "Bit-stream Emulation"},
    {249, "TKEY (Transaction Key)", ""},
    {250, "TSIG (Transaction Signature)", ""},
    {251, "IXFR (incremental transfer)", ""},
    {252, "AXFR (transfer of an entire zone)", ""},
    {253, "MAILB (mailbox-related RRs)", ""},
    {254, "MAILA (mail agent RRs)", ""},
    {255, "* (A request for all records the server/cache has available)", "ANY"},
    {257, "CAA (Certification Authority Restriction)", ""},
    {32768, "TA (DNSSEC Trust Authorities)", ""},
    {32769, "DLV (DNSSEC Lookaside Validation)", ""},
    {35074, "IEEE 802.1ag Connectivity Fault Management (CFM) protocol", "IEEE 802.1Q Connectivity Fault Management (CFM) protocol"},
    {35130, "1905.1a Convergent Digital Home Network for Heterogenous Technologies", "1905.1a Convergent Digital Home Network for Heterogeneous Technologies"},
    {39422, "Technically Enhanced Capture Module Protocol (TECMP)", "Technically Enhanced Capture Module Protocol (TECMP) or ASAM Capture Module Protocol (CMP)"},
    {53899, "Arista Timestamp", "Arista Vendor Specific Protocol"},
};

std::string_view newer(const Renamed& r) { return r.newer.empty() ? r.older.substr(0, r.older.find(" (")) : r.newer; }

}  // namespace

std::string_view newer_name(uint64_t value, std::string_view older) {
  auto at = std::lower_bound(std::begin(kRenamed), std::end(kRenamed), value, [](const Renamed& r, uint64_t v) { return r.value < v; });
  for (; at != std::end(kRenamed) && at->value == value; ++at)
    if (at->older == older) return newer(*at);
  return older;
}

std::string_view filter_name(const dissect::FieldDef& field, uint64_t value) {
  if (!field.row) return {};
  const std::string_view older = dissect::value_name(field.row->names, value);
  return older.empty() ? older : newer_name(value, older);
}

std::optional<uint64_t> renamed_value(dissect::ValueNames names, std::string_view text, bool (*same)(std::string_view, std::string_view)) {
  for (const Renamed& r : kRenamed)
    if (same(newer(r), text) && dissect::value_name(names, r.value) == r.older) return r.value;
  return std::nullopt;
}

}  // namespace wiretail::filter
