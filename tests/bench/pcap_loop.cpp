// The floor that everything is measured against: libpcap reads the file, a callback counts. Prints packets and bytes.
#include <pcap/pcap.h>

#include <cstdint>
#include <cstdio>

namespace {
struct Count { uint64_t packets = 0, bytes = 0; };
}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: pcap_loop FILE\n"), 2;
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* handle = pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
  if (!handle) return std::fprintf(stderr, "pcap_loop: %s\n", error), 1;
  Count count;
  pcap_loop(handle, 0, [](u_char* user, const pcap_pkthdr* header, const u_char*) {
    auto* c = reinterpret_cast<Count*>(user);
    ++c->packets, c->bytes += header->caplen;
  }, reinterpret_cast<u_char*>(&count));
  std::printf("%llu packets, %llu bytes\n", static_cast<unsigned long long>(count.packets), static_cast<unsigned long long>(count.bytes));
  pcap_close(handle);
}
