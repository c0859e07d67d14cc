// Where lines go: a file or standard output. The capture thread appends lines to a block, which is done with when it is full
// or flush_interval has passed. Live capture never waits: the block goes to a thread of the output's own behind a bounded
// queue, one hand-over per block and no lock per packet; with the queue full the block's lines are dropped and counted.
// Where files and standard input are read, the capture thread writes the block itself (waking another one costs as much as
// writing does), so that nothing that was read is lost. A file that was renamed or removed is opened anew.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace wiretail::daemon {

struct OutputOptions {
  std::string name = "main";
  std::string path = "-";               // "-": standard output
  bool wait_when_full = false;          // files and standard input
  bool give_up = false;                 // a write that fails ends the run; else (a service) it is tried again, and what is lost is counted
  bool immediate = false;               // each line at once
  bool binary = false;                  // a capture file: begins empty, is one piece, and has bytes instead of lines
  size_t flush_bytes = 64 * 1024;
  std::chrono::milliseconds flush_interval{200};
  uint64_t rotate_size = 0;             // bytes; 0: never
  std::chrono::milliseconds rotate_age{0};
  unsigned rotate_keep = 5;
};

struct OutputCounters {
  uint64_t lines = 0, bytes = 0, dropped = 0, errors = 0, rotations = 0;
  uint64_t queue = 0, queue_max = 0;    // blocks
};

class Output {
 public:
  static constexpr size_t kBlocks = 64;  // of flush_bytes each: the bound on what is queued

  explicit Output(OutputOptions options);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Opens the file; false: `error` says why and what to do.
  bool open(std::string& error);
  // The block to append a line to; call line_done() behind it. Numbers every line, also one that is dropped later.
  std::string& buffer() { return blocks_[head_ % ring_].text; }
  uint64_t next_seq() { return ++seq_; }
  void line_done();
  // Hands over what is there, if it is time. Called when the link is silent, too.
  void tick(std::chrono::steady_clock::time_point now);
  // Everything is written when it returns; the thread, if there is one, has ended. Waits live too: nothing is dropped at the end.
  void finish();
  // The reader went away (a closed pipe), or writing failed for good: no more lines are wanted.
  bool closed() const { return closed_.load(std::memory_order_relaxed); }
  // errno of what made it give up; 0: nothing did.
  int failure() const { return failure_.load(std::memory_order_relaxed); }
  // errno of what keeps it from writing now (a full disk: it tries again, live capture goes on); 0: nothing does.
  int trouble() const { return trouble_.load(std::memory_order_relaxed); }
  void reopen() { reopen_.store(true, std::memory_order_relaxed); }  // SIGHUP
  OutputCounters counters() const;
  const OutputOptions& options() const { return options_; }
  // From now on nothing is dropped because the queue is full: a file is read, or these are the last lines. Capture thread.
  void wait_when_full() { waits_ = true; }

 private:
  struct Block {
    std::string text;
    uint32_t lines = 0;
  };
  void hand_over(bool wait);
  void run();
  void write_all(const Block& block);
  bool write_piece(std::string_view piece, uint64_t lines);
  uint64_t keep_whole_lines(std::string_view piece, uint64_t lines, size_t& written);
  bool keep_trying(int code);
  void write_block(Block& block);
  bool open_file(std::string& error);
  void follow_file();
  void rotate();

  OutputOptions options_;
  std::array<Block, kBlocks> blocks_;
  size_t ring_ = kBlocks;  // how many of them are in use: one if the capture thread writes itself; fixed once it is open
  bool waits_;                                        // capture thread, as the next line
  uint64_t head_ = 0, seq_ = 0;
  std::atomic<uint64_t> ready_{0}, done_{0};          // blocks handed over, blocks written
  std::atomic<bool> stop_{false}, closed_{false}, reopen_{false};
  std::atomic<int> failure_{0}, trouble_{0};
  std::atomic<uint64_t> lines_{0}, bytes_{0}, dropped_{0}, errors_{0}, rotations_{0}, queue_max_{0};
  std::chrono::steady_clock::time_point last_flush_;
  std::thread thread_;
  int fd_ = -1;
  uint64_t file_bytes_ = 0;
  std::chrono::steady_clock::time_point file_opened_, file_looked_at_;
};

}  // namespace wiretail::daemon
