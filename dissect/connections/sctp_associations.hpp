// What is remembered of SCTP associations (RFC 9260), one direction at a time: what the transmission sequence numbers (TSN)
// count from, which direction answers which, in which packet a number came first, and the fragments of user messages that are
// not whole yet. As in Wireshark a direction is told by its ports and verification tag, so that all addresses of an end are
// one. Tables have fixed sizes and are taken when the first association comes; where something new finds no room the longest
// unused of its row goes, counted. Held fragments have two ceilings, at which the message that was begun first is given up.
// Called by SCTP's walk; one per capture thread.
#pragma once
#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dissect/bytes.hpp"
#include "dissect/packet.hpp"

namespace wiretail::dissect {

// One direction of an association.
struct SctpHalf {
  uint32_t ports = 0, tag = 0;  // source port in the upper half; what its packets carry as verification tag
  uint32_t base = 0;            // the first data's number
  uint32_t peer_tag = 0;        // the other direction's
  bool has_base = false, has_peer = false;
  uint64_t used = 0;            // 0: free
};
// Where a path's packets come from and go to: which tag was its last, for associations whose beginning was not seen.
struct SctpPath {
  std::array<uint8_t, 32> addresses{};  // source, destination
  uint32_t ports = 0;
  friend bool operator==(const SctpPath&, const SctpPath&) = default;
};
struct SctpFirst {
  uint64_t frame = 0;
  Time time;
};
struct SctpPiece {
  uint32_t tsn = 0;    // relative
  uint32_t length = 0;
  uint64_t frame = 0;
  bool begins = false, ends = false;
  std::unique_ptr<uint8_t[]> bytes;
};
struct SctpMessage {
  std::vector<SctpPiece> pieces;  // by number
  std::vector<uint8_t> bytes;
};

class SctpAssociations {
 public:
  // The direction of a packet's data, made known if it is not.
  SctpHalf& half(uint32_t ports, uint32_t tag);
  const SctpHalf* find(uint32_t ports, uint32_t tag);
  // The tag that was last seen on a path.
  void note_path(const SctpPath& path, uint32_t tag) { *path_tag(path, true) = tag; }
  const uint32_t* last_tag(const SctpPath& path) { return path_tag(path, false); }
  // The packet in which a number came first; its own frame if that is this one.
  SctpFirst first_of(uint32_t ports, uint32_t tag, uint32_t tsn, uint64_t frame, Time time);
  // Before a packet: what the last one completed is forgotten.
  void begin() { if (!done_.empty()) done_.clear(); }
  // A fragment of a user message with its relative number, all of whose bytes are there. The message if it is whole now, valid
  // until begin(); null otherwise.
  const SctpMessage* add(const SctpHalf& half, uint16_t stream, uint16_t number, bool unordered, SctpPiece piece, Bytes data);

  uint64_t evicted_halves() const { return evicted_halves_; }
  uint64_t evicted_numbers() const { return evicted_numbers_; }
  uint64_t evicted_messages() const { return evicted_messages_; }

 private:
  static constexpr uint32_t kRows = 1024, kWays = 4, kNumberRows = 8192;
  static constexpr uint64_t kMaxBytes = 4u << 20;
  static constexpr size_t kMaxMessages = 1024, kMaxPieces = 4096;
  struct Place {
    SctpPath path;
    uint32_t tag = 0;
    uint64_t used = 0;
  };
  struct Number {
    uint32_t ports = 0, tag = 0, tsn = 0;
    uint64_t frame = 0;  // 0: free
    Time time;
  };
  struct Key {
    uint64_t direction;
    uint64_t message;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash { size_t operator()(const Key& k) const { return (k.direction * 0x9e3779b97f4a7c15u ^ k.message) * 0xff51afd7ed558ccdu >> 7; } };
  struct Waiting {
    Key key;
    uint64_t cost = 0;
    std::vector<SctpPiece> pieces;
  };
  SctpHalf* half_at(uint32_t ports, uint32_t tag, bool add);
  uint32_t* path_tag(const SctpPath& path, bool add);
  void forget(std::list<Waiting>::iterator it);

  std::vector<SctpHalf> halves_;
  std::vector<Place> paths_;
  std::vector<Number> numbers_;
  std::list<Waiting> waiting_;  // as they were begun
  std::unordered_map<Key, std::list<Waiting>::iterator, Hash> by_key_;
  std::vector<std::unique_ptr<SctpMessage>> done_;
  uint64_t clock_ = 0, bytes_ = 0, evicted_halves_ = 0, evicted_numbers_ = 0, evicted_messages_ = 0;
};

}  // namespace wiretail::dissect
