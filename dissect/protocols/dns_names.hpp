// Names of values in DNS: fields of rare records and of options. Ascending. Sources: IANA's registries; wording as tshark lists it (-G values).
#pragma once
#include "dissect/field.hpp"

namespace wiretail::dissect::dns_names {

inline constexpr ValueName kDnsZonemdScheme[] = {{0, "Reserved"}, {1, "SIMPLE"}, {2, "Unassigned", 239}, {240, "Private Use", 254}, {255,
    "Reserved"}};
inline constexpr ValueName kDnsZonemdHashAlgo[] = {{0, "Reserved"}, {1, "SHA-384"}, {2, "SHA-512"}, {3, "Unassigned", 239}, {240, "Private Use", 254},
    {255, "Reserved"}};
inline constexpr ValueName kDnsSvcbSvcparamKey[] = {{0, "mandatory"}, {1, "alpn"}, {2, "no-default-alpn"}, {3, "port"}, {4, "ipv4hint"}, {5,
    "echconfig"}, {6, "ipv6hint"}, {32769, "odohconfig"}, {65535, "key65535"}};
inline constexpr ValueName kDnsTkeyMode[] = {{1, "Server assigned"}, {2, "Diffie Hellman"}, {3, "GSSAPI"}, {4, "Resolver assigned"}, {5, "Delete"}};
inline constexpr ValueName kDnsIpseckeyGatewayAlgorithm[] = {{1, "DSA"}, {2, "RSA"}};
inline constexpr ValueName kDnsIpseckeyGatewayType[] = {{0, "No Gateway"}, {1, "IPv4 Gateway"}, {2, "IPv6 Gateway"}, {3, "DNS Gateway"}};
inline constexpr ValueName kDnsCertType[] = {{1, "PKIX"}, {2, "SPKI"}, {3, "PGP"}, {4, "IPKIX"}, {5, "ISPKI"}, {6, "IPGP"}, {7, "ACPKIX"}, {8,
    "IACPKIX"}, {253, "Private, URI"}, {254, "Private, OID"}};
inline constexpr ValueName kDnsOptN3u[] = {{0, "Reserved"}, {1, "SHA-1"}};
inline constexpr ValueName kDnsOptExtErrorInfoCode[] = {
    {0, "Other Error"}, {1, "Unsupported DNSKEY Algorithm"}, {2, "Unsupported DS Digest Type"}, {3, "Stale Answer"}, {4, "Forged Answer"},
    {5, "DNSSEC Indeterminate"}, {6, "DNSSEC Bogus"}, {7, "Signature Expired"}, {8, "Signature Not Yet Valid"}, {9, "DNSKEY Missing"},
    {10, "RRSIGs Missing"}, {11, "No Zone Key Bit Set"}, {12, "NSEC Missing"}, {13, "Cached Error"}, {14, "Not Ready"}, {15, "Blocked"},
    {16, "Censored"}, {17, "Filtered"}, {18, "Prohibited"}, {19, "Stale NXDomain Answer"}, {20, "Not Authoritative"}, {21, "Not Supported"},
    {22, "No Reachable Authority"}, {23, "Network Error"}, {24, "Invalid Data"}, {25, "Signature Expired before Valid"}, {26, "Too Early"},
    {27, "Unsupported NSEC3 Iterations Value"}, {28, "Unable to conform to policy"}, {29, "Synthesized"}, {30, "Unassigned", 49151},
    {49152, "Reserved for Private Use", 65535}};
inline constexpr ValueName kDnsTlsaCertificateUsage[] = {
    {0, "CA constraint (PKIX-TA)"}, {1, "Service certificate constraint (PKIX-EE)"}, {2, "Trust anchor assertion (DANE-TA)"},
    {3, "Domain-issued certificate (DANE-EE)"}};
inline constexpr ValueName kDnsTlsaSelector[] = {{0, "Full certificate (Cert)"}, {1, "SubjectPublicKeyInfo (SPKI)"}};
inline constexpr ValueName kDnsTlsaMatchingType[] = {
    {0, "No Hash Used (Full)"}, {1, "256 bit hash by SHA2 (SHA2-256)"}, {2, "512 bit hash by SHA2 (SHA2-512)"}};
inline constexpr ValueName kDnsSshfpAlgorithm[] = {{0, "Reserved"}, {1, "RSA"}, {2, "DSA"}, {3, "ECDSA"}, {4, "Ed25519"}, {5, "XMSS"}};
inline constexpr ValueName kDnsSshfpFingerprintType[] = {{0, "Reserved"}, {1, "SHA1"}, {2, "SHA256"}};
inline constexpr ValueName kDnsHipHitPkAlgo[] = {{0, "Reserved"}, {1, "DSA"}, {2, "RSA"}};
inline constexpr ValueName kDnsAplAddressFamily[] = {{1, "IPv4"}, {2, "IPv6"}};

}  // namespace wiretail::dissect::dns_names
