#include "daemon/capture/live_source.hpp"

#include <linux/filter.h>
#include <pcap/pcap.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace wiretail::daemon {
namespace {

constexpr int kBatch = 4096;   // packets of one interface before the others have their turn
constexpr uint32_t kMaxSnaplen = 262'144;
constexpr int kDownPoll = 20;  // milliseconds between looks at an interface that is down

bool supported(int link_type) {
  switch (link_type) {
    case DLT_EN10MB: case DLT_LINUX_SLL: case DLT_LINUX_SLL2: case DLT_NULL: case DLT_LOOP: case DLT_RAW: case DLT_PPP: case DLT_IPV4: case DLT_IPV6: return true;
    default: return false;
  }
}

dissect::LinkType link_type_of(int dlt) { return dlt == DLT_RAW ? dissect::LinkType::kRaw : static_cast<dissect::LinkType>(dlt); }

struct Target {
  LiveSource* source;
  size_t index;
};

// On `any` the socket gives packets without the cooked header that libpcap makes and compiles filters for: offsets behind
// it move to the front, and what lies in it comes from the kernel's own data about the packet. False: it reads something
// that the kernel does not have.
bool without_cooked_header(bpf_program& program) {
  constexpr uint32_t kHeader = 16, kType = 0, kProtocol = 14;
  const auto ancillary = static_cast<uint32_t>(SKF_AD_OFF);
  for (unsigned i = 0; i < program.bf_len; ++i) {
    bpf_insn& insn = program.bf_insns[i];
    bool load = BPF_CLASS(insn.code) == BPF_LD || BPF_CLASS(insn.code) == BPF_LDX;
    unsigned mode = BPF_MODE(insn.code);
    if (!load || (mode != BPF_ABS && mode != BPF_IND && mode != BPF_MSH)) continue;
    if (insn.k >= ancillary) continue;  // the kernel's data already
    if (insn.k >= kHeader) insn.k -= kHeader;
    else if (mode == BPF_ABS && insn.k == kType) insn.k = ancillary + SKF_AD_PKTTYPE;
    else if (mode == BPF_ABS && insn.k == kProtocol) insn.k = ancillary + SKF_AD_PROTOCOL;
    else return false;
  }
  return true;
}

std::string known_interfaces() {
  std::string error, list = list_interfaces(error), names;
  size_t begin = 0;
  while (begin < list.size()) {
    size_t end = list.find('\n', begin), dot = list.find(". ", begin);
    std::string line = list.substr(dot + 2, end - dot - 2);
    names += (names.empty() ? "" : ", ") + line.substr(0, line.find(' '));
    begin = end + 1;
  }
  return names;
}

}  // namespace

std::string list_interfaces(std::string& error) {
  char text[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t* all = nullptr;
  if (pcap_findalldevs(&all, text) != 0) return error = text, "";
  std::string out;
  int number = 0;
  for (pcap_if_t* i = all; i; i = i->next) {
    out += std::to_string(++number) + ". " + i->name;
    if (i->description) out += " (" + std::string(i->description) + ")";
    else if (i->flags & PCAP_IF_LOOPBACK) out += " (Loopback)";
    out += '\n';
  }
  pcap_freealldevs(all);
  return out;
}

std::string capture_filter_error(const std::string& filter) {
  std::string first;
  for (int link_type : {DLT_EN10MB, DLT_LINUX_SLL, DLT_RAW, DLT_IEEE802_11_RADIO}) {
    pcap_t* p = pcap_open_dead(link_type, static_cast<int>(kMaxSnaplen));
    if (!p) return {};
    bpf_program program{};
    const bool good = pcap_compile(p, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (good) pcap_freecode(&program);
    else if (first.empty()) first = pcap_geterr(p);
    pcap_close(p);
    if (good) return {};
  }
  return first;
}

bool kernel_takes(const std::string& filter) {
  constexpr unsigned kMostInstructions = 4096;  // BPF_MAXINSNS of Linux
  pcap_t* p = pcap_open_dead(DLT_EN10MB, static_cast<int>(kMaxSnaplen));
  bpf_program program{};
  const bool compiled = p && pcap_compile(p, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
  const bool fits = compiled && program.bf_len <= kMostInstructions;
  if (compiled) pcap_freecode(&program);
  if (p) pcap_close(p);
  return fits;
}

bool name_numbered_interfaces(std::vector<std::string>& interfaces, std::string& error) {
  auto number = [](const std::string& name) { return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos; };
  if (std::none_of(interfaces.begin(), interfaces.end(), number)) return true;
  char text[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t* all = nullptr;
  if (pcap_findalldevs(&all, text) != 0) return error = std::string("cannot list interfaces: ") + text, false;
  std::vector<std::string> names;
  for (pcap_if_t* i = all; i; i = i->next) names.emplace_back(i->name);
  pcap_freealldevs(all);
  for (std::string& name : interfaces) {
    if (!number(name) || std::find(names.begin(), names.end(), name) != names.end()) continue;
    size_t at = 0;
    std::from_chars(name.data(), name.data() + name.size(), at);  // too large a number leaves 0
    if (at == 0 || at > names.size()) return error = "there is no interface number " + name + "; wiretail -D lists them, 1 to " + std::to_string(names.size()), false;
    name = names[at - 1];
  }
  return true;
}

std::unique_ptr<LiveSource> LiveSource::open(const LiveOptions& options, std::string& error, bool& usage) {
  auto source = std::unique_ptr<LiveSource>(new LiveSource());
  source->options_ = options;
  source->wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  for (const std::string& name : options.interfaces) {
    Interface interface;
    interface.name = name;
    interface.snaplen = options.snaplen == 0 || options.snaplen > kMaxSnaplen ? kMaxSnaplen : options.snaplen;
    interface.index = static_cast<uint32_t>(source->interfaces_.size());
    interface.filter = options.capture_filter;
    source->interfaces_.push_back(std::move(interface));
    source->handles_.emplace_back();
    if (source->activate(source->handles_.size() - 1, error, usage)) continue;
    if (!options.wait_for_missing || !source->handles_.back().missing) return nullptr;
  }
  return source;
}

LiveSource::~LiveSource() {
  for (Handle& h : handles_)
    if (h.handle) pcap_close(h.handle);
  if (wake_fd_ >= 0) close(wake_fd_);
}

bool LiveSource::activate(size_t index, std::string& error, bool& usage) {
  Handle& h = handles_[index];
  Interface& interface = interfaces_[index];
  char text[PCAP_ERRBUF_SIZE] = "";
  pcap_t* p = pcap_create(interface.name.c_str(), text);
  if (!p) return error = text, false;
  pcap_set_snaplen(p, static_cast<int>(interface.snaplen));
  pcap_set_promisc(p, options_.promiscuous && interface.name != "any");
  pcap_set_timeout(p, static_cast<int>(options_.read_timeout_ms));
  pcap_set_buffer_size(p, static_cast<int>(options_.buffer_bytes));
  interface.nanoseconds = pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO) == 0;
  int status = pcap_activate(p);
  if (status < 0) {
    std::string detail = pcap_geterr(p);
    usage = false;
    switch (status) {
      case PCAP_ERROR_PERM_DENIED:
        error = "no permission to capture on " + interface.name + ": run as root, or give the program CAP_NET_RAW (setcap cap_net_raw=ep, or AmbientCapabilities= in a unit)";
        usage = true;
        break;
      case PCAP_ERROR_NO_SUCH_DEVICE:
        error = "there is no interface \"" + interface.name + "\"; there are " + known_interfaces();
        usage = h.missing = true;
        break;
      case PCAP_ERROR_IFACE_NOT_UP: error = "the interface " + interface.name + " is down: ip link set " + interface.name + " up"; break;
      default: error = "cannot capture on " + interface.name + ": " + (detail.empty() ? pcap_statustostr(status) : detail);
    }
    pcap_close(p);
    return false;
  }
  int dlt = pcap_datalink(p);
  if (!supported(dlt)) {
    const char* name = pcap_datalink_val_to_name(dlt);
    error = "the link type of " + interface.name + " (" + (name ? name : std::to_string(dlt)) + ") is not known here";
    pcap_close(p);
    return false;
  }
  interface.link_type = link_type_of(dlt);
  if (!options_.capture_filter.empty()) {
    bpf_program program{};
    if (pcap_compile(p, &program, options_.capture_filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
      error = "the capture filter \"" + options_.capture_filter + "\" is wrong: " + pcap_geterr(p) + " (man pcap-filter; display filters go with -Y)";
      usage = true;
      pcap_close(p);
      return false;
    }
    int set = pcap_setfilter(p, &program);
    pcap_freecode(&program);
    if (set != 0) {
      error = "the capture filter cannot be installed on " + interface.name + ": " + pcap_geterr(p);
      pcap_close(p);
      return false;
    }
  }
  pcap_setnonblock(p, 1, text);
  h.handle = p;
  h.fd = pcap_get_selectable_fd(p);
  h.last_received = h.last_dropped = h.last_if_dropped = 0;
  h.missing = false;
  error_.clear();
  if (!kernel_filter_.empty()) attach(index);
  return true;
}

// SO_ATTACH_FILTER swaps atomically: no packet is lost; stale ones still in the ring are harmless, the program judges them.
// What cannot be installed leaves the user's own filter alone in place: more packets come than are wanted, never fewer.
bool LiveSource::attach(size_t index) {
  Handle& h = handles_[index];
  using dissect::LinkType;
  const LinkType link = interfaces_[index].link_type;
  const bool plain = link == LinkType::kEthernet || link == LinkType::kRaw || link == LinkType::kLinuxSll || link == LinkType::kNull || link == LinkType::kLoop;
  const std::string& filter = plain ? kernel_filter_ : kernel_filter_elsewhere_;
  if (!h.handle) return true;
  const std::string& own = options_.capture_filter;
  if (!filter.empty() && attach_text(h, own.empty() ? filter : "(" + own + ") and (" + filter + ")")) return true;
  bool good = filter.empty();
  std::string why = std::move(error_);
  if (own.empty()) {
    int none = 0;
    setsockopt(h.fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
  } else if (!attach_text(h, own)) {
    bpf_program program{};  // libpcap filters outside the kernel what the kernel cannot
    if (pcap_compile(h.handle, &program, own.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) pcap_setfilter(h.handle, &program), pcap_freecode(&program);
  }
  error_ = good ? std::string() : "the kernel filter cannot be installed on " + interfaces_[index].name + ": " + why;
  return good;
}

bool LiveSource::attach_text(const Handle& h, const std::string& filter) {
  bpf_program program{};
  if (pcap_compile(h.handle, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) return error_ = pcap_geterr(h.handle), false;
  bool good = false;
  if (program.bf_len > BPF_MAXINSNS) error_ = "it is too long";
  else if (pcap_datalink(h.handle) == DLT_LINUX_SLL && !without_cooked_header(program)) error_ = "it reads what the kernel does not have";
  else {
    sock_fprog attached{static_cast<unsigned short>(program.bf_len), reinterpret_cast<sock_filter*>(program.bf_insns)};
    good = setsockopt(h.fd, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) == 0;
    if (!good) error_ = std::strerror(errno);
  }
  pcap_freecode(&program);
  return good;
}

bool LiveSource::set_kernel_filter(const std::string& filter, const std::string& elsewhere) {
  kernel_filter_ = filter, kernel_filter_elsewhere_ = elsewhere;
  bool good = true;
  for (size_t i = 0; i < handles_.size(); ++i) good &= attach(i);
  return good;
}

void LiveSource::deliver(size_t index, const void* header, const uint8_t* data) {
  if (stopped_) return;
  if (too_late_) {
    ++handles_[index].totals.dropped;
    return;
  }
  const auto* h = static_cast<const pcap_pkthdr*>(header);
  dissect::Packet packet;
  packet.data = data;
  packet.cap_len = h->caplen, packet.len = h->len;
  packet.time = {h->ts.tv_sec, static_cast<int32_t>(interfaces_[index].nanoseconds ? h->ts.tv_usec : h->ts.tv_usec * 1000)};
  packet.link_type = interfaces_[index].link_type;
  packet.interface_id = static_cast<uint32_t>(index);
  packet.section = 1;  // as in the capture file that it would be written to
  packet.number = ++number_;
  if (!handler_->packet(packet, interfaces_[index])) {
    stopped_ = true;
    pcap_breakloop(handles_[index].handle);
  }
}

int LiveSource::receive(size_t index) {
  Target target{this, index};
  return pcap_dispatch(handles_[index].handle, kBatch, [](u_char* user, const pcap_pkthdr* header, const u_char* data) {
    auto* t = reinterpret_cast<Target*>(user);
    t->source->deliver(t->index, header, data);
  }, reinterpret_cast<u_char*>(&target));
}

Source::State LiveSource::dispatch(PacketHandler& handler, int timeout_ms) {
  handler_ = &handler;
  polled_.clear();
  int wait = timeout_ms;
  bool alive = false, urgent = false;
  for (const Handle& h : handles_) {
    polled_.push_back({h.fd, POLLIN, 0});
    if (!h.handle) continue;
    alive = true;
    if (pcap_get_required_select_timeout(h.handle)) urgent = true;  // it is down; libpcap looks whether it is up again
  }
  if (urgent) wait = wait < 0 ? kDownPoll : std::min(wait, kDownPoll);
  polled_.push_back({wake_fd_, POLLIN, 0});
  if (!alive) {
    if (error_.empty()) error_ = "no interface is left to capture on";
    return State::kFailed;
  }
  if (poll(polled_.data(), polled_.size(), wait) < 0) return State::kMore;  // a signal
  if (polled_.back().revents) {
    uint64_t value;
    if (read(wake_fd_, &value, sizeof value) < 0) value = 0;
  }
  for (size_t i = 0; i < handles_.size() && !stopped_; ++i) {
    if (!handles_[i].handle || (polled_[i].revents == 0 && !urgent)) continue;
    if (receive(i) == PCAP_ERROR) gone(i);
  }
  if (stopped_) return State::kEnd;
  return std::any_of(handles_.begin(), handles_.end(), [](const Handle& h) { return h.handle != nullptr; }) ? State::kMore : State::kFailed;
}

void LiveSource::finish(PacketHandler& handler, std::chrono::milliseconds at_most) {
  using Clock = std::chrono::steady_clock;
  handler_ = &handler;
  stopped_ = false;
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  sock_fprog attached{1, &nothing};
  for (const Handle& h : handles_)
    if (h.handle) setsockopt(h.fd, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
  // The kernel hands over an open block when its timeout has passed.
  const auto silence = std::chrono::milliseconds(2 * options_.read_timeout_ms + 5);
  const auto start = Clock::now();
  for (auto last = start; !stopped_;) {
    const auto begin = Clock::now();  // on a busy machine much time may pass before the next line: the last look comes behind the silence
    int found = 0;
    for (size_t i = 0; i < handles_.size() && !stopped_; ++i)
      if (handles_[i].handle) found += std::max(receive(i), 0);
    if (found > 0) last = Clock::now();
    else if (begin - last >= silence) break;
    else usleep(1000);
    too_late_ = Clock::now() - start > at_most;
  }
}

// The interface went away. What waits in the ring's open block is handed over when its timeout has passed.
void LiveSource::gone(size_t index) {
  Handle& h = handles_[index];
  error_ = interfaces_[index].name + ": " + pcap_geterr(h.handle);
  usleep(std::min<uint32_t>(options_.read_timeout_ms * 2000, 500'000));
  receive(index);
  count(h);
  pcap_close(h.handle);
  h.handle = nullptr;
  h.fd = -1;  // poll() passes over it
  h.reported = false;
}

void LiveSource::wake() {
  uint64_t one = 1;
  ssize_t n = write(wake_fd_, &one, sizeof one);
  (void)n;
}

// ps_recv and ps_drop are 32-bit and wrap; ps_recv includes what the ring had no room for.
void LiveSource::count(Handle& h) {
  pcap_stat s{};
  if (!h.handle || pcap_stats(h.handle, &s) != 0) return;
  h.totals.received += s.ps_recv - h.last_received;
  h.totals.dropped += s.ps_drop - h.last_dropped;
  h.totals.if_dropped += s.ps_ifdrop - h.last_if_dropped;
  h.last_received = s.ps_recv, h.last_dropped = s.ps_drop, h.last_if_dropped = s.ps_ifdrop;
}

CaptureCounters LiveSource::counters() {
  CaptureCounters sum;
  for (Handle& h : handles_) {
    count(h);
    sum.received += h.totals.received, sum.dropped += h.totals.dropped, sum.if_dropped += h.totals.if_dropped;
  }
  return sum;
}

std::vector<std::string> LiveSource::missing() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < handles_.size(); ++i)
    if (handles_[i].missing) names.push_back(interfaces_[i].name);
  return names;
}

std::vector<std::string> LiveSource::lost() {
  std::vector<std::string> names;
  for (size_t i = 0; i < handles_.size(); ++i)
    if (!handles_[i].handle && !handles_[i].reported) names.push_back(interfaces_[i].name), handles_[i].reported = true;
  return names;
}

std::vector<std::string> LiveSource::reopen() {
  std::vector<std::string> names;
  for (size_t i = 0; i < handles_.size(); ++i) {
    std::string error;
    bool usage;
    if (!handles_[i].handle && activate(i, error, usage)) names.push_back(interfaces_[i].name);
  }
  return names;
}

}  // namespace wiretail::daemon
