#include "dissect/protocols/media.hpp"

#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/lines.hpp"
#include "dissect/protocols/http.hpp"
#include "dissect/protocols/media_types.hpp"

namespace wiretail::dissect {
namespace {

// A media layer's note: the type that named it, in lower case.
struct Facts {
  std::string_view type;
  std::string_view parameters = {};  // what stands behind it, as it is written
};

std::string_view type_of(const Dissection& d, const LayerRef& l) { return l.note ? static_cast<const Facts*>(d.app_facts[l.note - 1])->type : std::string_view(); }

template <ProtoId kSelf>
Next walk(Walk& w, const Region& region) {
  w.push(kSelf, region, region.captured());
  return {};
}

// How many bytes an image must have before Wireshark takes it for one, and what it looks at.
bool accepts(ProtoId proto, std::string_view body) {
  switch (proto) {
    case id::kImageGif: return body.size() >= 20 && (body.starts_with("GIF87a") || body.starts_with("GIF89a"));
    case id::kPng: return body.size() >= 20 && body.starts_with("\x89PNG\r\n\x1a\n");
    case id::kImageJfif: return body.size() >= 20 && body.starts_with("\xff\xd8\xff") && (body[3] == '\xe0' || body[3] == '\xe1');
    default: return true;
  }
}

// Formats of other dissectors, whose refusal makes Wireshark call the body `media`.
bool foreign_accepts(std::string_view type, std::string_view body) {
  if (type == "image/tiff") return body.starts_with(std::string_view("II*\0", 4)) || body.starts_with(std::string_view("MM\0*", 4));
  if (type == "video/mp4" || type == "audio/mp4") {
    static constexpr std::string_view kBoxes[] = {"ftyp", "moov", "moof", "mdat", "styp", "sidx", "mfra"};
    return body.size() >= 8 && std::find(std::begin(kBoxes), std::end(kBoxes), body.substr(4, 4)) != std::end(kBoxes);
  }
  return false;
}
// Text that Wireshark hands to XML before it makes lines of it; a shorter body it does not try.
bool is_xml_text(std::string_view body) { return body.size() > 38 && http::same_word(body.substr(0, 5), "<?xml"); }
bool may_be_foreign(std::string_view type) { return type == "image/tiff" || type == "video/mp4" || type == "audio/mp4"; }

void typed_head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += Registry::get().protocol(l.proto).long_name;
  if (std::string_view type = type_of(d, l); !type.empty()) out += ": ", out += type;
}

// Lines end with LF, CR LF or CR; the last one may lack its end.
void text_head(const Dissection& d, const LayerRef& l, std::string& out) {
  typed_head(d, l, out);
  const Bytes text = d.layer_data(l);
  size_t lines = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool last = i + 1 == text.size();
    lines += text[i] == '\n' || (text[i] == '\r' && (last || text[i + 1] != '\n')) || last;
  }
  out += " (", append_uint(out, lines), out += " lines)";
}

// Each line as it lies there, with its end.
void text_details(Emit& emit) {
  if (!emit.showing()) return;
  const std::string_view s = http::text_of(emit.data());
  std::string line;
  for (size_t at = 0; at < s.size();) {
    size_t end = s.find_first_of("\r\n", at);
    if (end == std::string_view::npos) end = s.size();
    else end += s.substr(end, 2) == "\r\n" ? 2 : 1;
    line.clear();
    append_escaped(line, s.substr(at, end - at));
    emit.branch(line);
    at = end;
  }
}

void media_details(Emit& emit) {
  if (!emit.showing()) return;
  const uint32_t bytes = emit.layer().cap_end - emit.layer().offset;
  std::string line = "Media type: ";
  line += type_of(emit.packet(), emit.layer());
  if (emit.layer().note) line += static_cast<const Facts*>(emit.packet().app_facts[emit.layer().note - 1])->parameters;
  line += " (", append_uint(line, bytes), line += bytes == 1 ? " byte)" : " bytes)";
  emit.branch(line);
}

void type_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  if (l.flags & kNoItem) return;
  if (&l != d.layers.begin() && (&l - 1)->proto == id::kJson) return;
  c.append_info(" (" + std::string(type_of(d, l)) + ")");
}
void json_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol(c.protocol + "/JSON");
  c.append_info(", JavaScript Object Notation");
  // The text that is no JSON would say the type; where it is XML nobody does.
  const bool is_text = &l + 1 != d.layers.end() && (&l + 1)->proto == id::kTextLines && (&l + 1)->flags & kNoItem;
  if (!is_text) c.append_info(" (" + std::string(type_of(d, l)) + ")");
}
void xml_columns(const Dissection&, const LayerRef&, Columns& c) { c.set_protocol(c.protocol + "/XML"); }
void gif_head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Compuserve GIF, Version: ";
  append_text(out, {reinterpret_cast<const char*>(d.at(l)), std::min(6u, l.cap_end - l.offset)});
}
void jpeg_columns(const Dissection&, const LayerRef&, Columns& c) { c.append_info(" (JPEG JFIF image)"); }
void png_columns(const Dissection&, const LayerRef&, Columns& c) { c.append_info(" (PNG)"); }
void gif_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.append_info(" (" + std::string(reinterpret_cast<const char*>(d.at(l)), std::min(6u, l.cap_end - l.offset)) + ")");
}

}  // namespace

namespace media {
namespace {

// The value of a parameter of a content type; names are of either case.
std::string_view parameter(std::string_view content_type, std::string_view name) {
  size_t at = content_type.find(';');
  while (at != std::string_view::npos) {
    std::string_view rest = content_type.substr(at + 1);
    size_t next = rest.find(';');
    std::string_view one = rest.substr(0, next);
    while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
    if (one.size() > name.size() && http::same_word(one.substr(0, name.size()), name) && one[name.size()] == '=') {
      std::string_view value = one.substr(name.size() + 1);
      if (value.starts_with('"')) {
        value.remove_prefix(1);
        return value.substr(0, value.find('"'));
      }
      while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
      return value;
    }
    at = next == std::string_view::npos ? next : at + 1 + next;
  }
  return {};
}

// RFC 2046 §5.1: parts between lines that begin with the boundary, each a head and a body.
void multipart(Walk& w, const Region& region, std::string_view content_type) {
  if (!w.push(id::kMimeMultipart, region, region.captured())) return;
  Region inner = region;
  ++inner.depth;
  std::string_view s = http::text_of({w.at(region), region.captured()}), boundary = parameter(content_type, "boundary");
  char text[80] = "--";
  if (boundary.empty() || boundary.size() > 70) return w.run(w.data(inner));
  std::copy(boundary.begin(), boundary.end(), text + 2);
  std::string_view mark{text, boundary.size() + 2};
  // The delimiter stands at a line's beginning.
  auto find = [&](size_t from) {
    for (size_t at = s.find(mark, from); at != std::string_view::npos; at = s.find(mark, at + 1))
      if (at == 0 || s[at - 1] == '\n') return at;
    return std::string_view::npos;
  };
  size_t at = find(0);
  if (at == std::string_view::npos) return w.run(w.data(inner));
  for (unsigned parts = 0; parts < 100; ++parts) {
    size_t line = at + mark.size();
    if (s.substr(line, 2) == "--") return;
    size_t begin = http::line_at(s, static_cast<uint32_t>(line)).next, end = find(begin);
    if (end == std::string_view::npos) return;
    std::string_view part = s.substr(begin, end - begin);
    if (part.ends_with("\r\n")) part.remove_suffix(2);
    else if (part.ends_with("\n")) part.remove_suffix(1);
    std::string_view type;
    bool has_type = false, headed = false;
    uint32_t body = 0;
    while (body < part.size()) {
      http::Line one = http::line_at(part, body);
      if (one.text.empty()) {
        if (headed) body = one.next;
        break;
      }
      headed = true;
      size_t colon = one.text.find(':');
      if (colon != std::string_view::npos && http::same_word(one.text.substr(0, colon), "content-type")) {
        type = one.text.substr(colon + 1), has_type = true;
        while (!type.empty() && (type.front() == ' ' || type.front() == '\t')) type.remove_prefix(1);
      }
      body = one.next;
    }
    if (body < part.size()) {
      Region r = inner;
      r.offset = region.offset + static_cast<uint32_t>(begin) + body;
      r.cap_end = r.end = region.offset + static_cast<uint32_t>(begin + part.size());
      if (has_type) dissect(w, r, true, type);
      else w.run(w.data(r));
    }
    at = end;
  }
}

}  // namespace

bool dissect(Walk& w, const Region& region, bool has_type, std::string_view content_type) {
  std::string_view body = http::text_of({w.at(region), region.captured()});
  std::string_view type = content_type.substr(0, content_type.find_first_of("; \t"));
  char* lower = w.d.arena.take(type.size());
  std::transform(type.begin(), type.end(), lower, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  type = {lower, type.size()};
  auto push = [&](ProtoId proto) {
    LayerRef* layer = w.push(proto, region, region.captured());
    if (!layer) return;
    if (region.cap_end == region.end && ends_early(proto, body)) w.damage(*layer, LayerFlag::kMalformed);
    layer->note = w.d.keep_facts(new (w.d.arena.take(sizeof(Facts) + alignof(Facts))) Facts{type, content_type.substr(type.size())});
    if (proto != id::kTextLines || !is_xml_text(body)) return;
    w.d.layers.hide_last();
    w.push(id::kXml, region, region.captured());
  };
  const TypeName* known = find_type(type);
  bool refused = false;
  if (type.starts_with("multipart/")) {
    multipart(w, region, content_type);
    return false;
  }
  if (known) {
    if (known->proto == id::kData) return w.run(w.data(region)), false;
    if (known->proto == kForeign) return false;
    if (accepts(known->proto, body)) {
      push(known->proto);
      if (known->proto == id::kJson && !is_json(body)) push(id::kTextLines);
      return false;
    }
    refused = true;
  } else if (may_be_foreign(type)) {
    if (foreign_accepts(type, body)) return false;
    refused = true;
  }
  for (ProtoId image : {id::kPng, id::kImageJfif, id::kImageGif})
    if (accepts(image, body)) return push(image), refused;
  if (has_type) push(id::kMedia);
  else w.run(w.data(region));
  return refused;
}

bool is_json(std::string_view s) {
  auto one_of = [](char c, std::string_view set) { return set.find(c) != std::string_view::npos; };
  constexpr unsigned kDepth = 512;
  char stack[kDepth];
  unsigned depth = 0;
  size_t at = 0;
  bool any = false, value_next = true, key_next = false, after_comma = false;
  auto space = [&] { while (at < s.size() && (s[at] == ' ' || s[at] == '\t' || s[at] == '\r' || s[at] == '\n')) ++at; };
  auto string = [&] {
    for (++at; at < s.size(); ++at) {
      if (s[at] == '"') return ++at, true;
      if (static_cast<unsigned char>(s[at]) < 0x20) return false;
      if (s[at] != '\\') continue;
      if (++at == s.size()) return false;
      if (s[at] == 'u') {
        for (int i = 0; i < 4; ++i)
          if (++at == s.size() || !one_of(s[at], "0123456789abcdefABCDEF")) return false;
      } else if (!one_of(s[at], "\"\\/bfnrt")) {
        return false;
      }
    }
    return false;
  };
  auto digits = [&] {
    size_t from = at;
    while (at < s.size() && s[at] >= '0' && s[at] <= '9') ++at;
    return at > from;
  };
  auto scalar = [&] {
    for (std::string_view word : {"true", "false", "null"})
      if (s.substr(at, word.size()) == word) return at += word.size(), true;
    if (s[at] == '-') ++at;
    if (at < s.size() && s[at] == '0') ++at;
    else if (!digits()) return false;
    if (at < s.size() && s[at] == '.' && (++at, !digits())) return false;
    if (at < s.size() && (s[at] == 'e' || s[at] == 'E')) {
      ++at;
      if (at < s.size() && (s[at] == '+' || s[at] == '-')) ++at;
      if (!digits()) return false;
    }
    return true;
  };
  while (true) {
    space();
    if (at == s.size()) return any && depth == 0;
    char c = s[at];
    if (depth == 0) {
      if (c != '{' && c != '[') return false;
      any = true, value_next = true;
    }
    if (key_next) {
      if (c == '}' && !after_comma) {
        ++at, --depth;
        key_next = false, value_next = false;
      } else {
        if (c != '"' || !string()) return false;
        space();
        if (at == s.size() || s[at] != ':') return false;
        ++at;
        key_next = false, value_next = true, after_comma = false;
        continue;
      }
    } else if (value_next) {
      if (c == ']' && depth && stack[depth - 1] == '[' && !after_comma && s[at] == ']') {
        ++at, --depth;
        value_next = false;
      } else if (c == '{' || c == '[') {
        if (depth == kDepth) return false;
        stack[depth++] = c;
        ++at;
        key_next = c == '{', value_next = c == '[', after_comma = false;
        continue;
      } else {
        if (c == '"' ? !string() : !scalar()) return false;
        value_next = false;
      }
    }
    // Behind a value.
    space();
    if (depth == 0) continue;
    if (at == s.size()) return false;
    bool object = stack[depth - 1] == '{';
    if (s[at] == ',') {
      ++at, after_comma = true;
      key_next = object, value_next = !object;
    } else if (s[at] == (object ? '}' : ']')) {
      ++at, --depth;
      key_next = value_next = false;
      after_comma = false;
      // What follows is again behind a value.
    } else {
      return false;
    }
  }
}

}  // namespace media

const ProtocolDef kTextLinesDef = {.name = "data-text-lines", .long_name = "Line-based text data", .short_name = "Line-based text data", .rows = {}, .walk = walk<id::kTextLines>, .details = text_details, .columns = type_columns, .head = text_head, .application = true};
const ProtocolDef kMediaDef = {.name = "media", .long_name = "Media Type", .short_name = "Media", .rows = {}, .walk = walk<id::kMedia>, .details = media_details, .columns = type_columns, .application = true};
const ProtocolDef kJsonDef = {.name = "json", .long_name = "JavaScript Object Notation", .short_name = "JSON", .rows = {}, .walk = walk<id::kJson>, .columns = json_columns, .head = typed_head, .application = true};
const ProtocolDef kXmlDef = {.name = "xml", .long_name = "eXtensible Markup Language", .short_name = "XML", .rows = {}, .walk = walk<id::kXml>, .columns = xml_columns, .application = true};
const ProtocolDef kImageJfifDef = {.name = "image-jfif", .long_name = "JPEG File Interchange Format", .short_name = "JFIF (JPEG) image", .rows = {}, .walk = walk<id::kImageJfif>, .columns = jpeg_columns, .application = true};
const ProtocolDef kPngDef = {.name = "png", .long_name = "Portable Network Graphics", .short_name = "PNG", .rows = {}, .walk = walk<id::kPng>, .columns = png_columns, .application = true};
const ProtocolDef kImageGifDef = {.name = "image-gif", .long_name = "Compuserve GIF", .short_name = "GIF image", .rows = {}, .walk = walk<id::kImageGif>, .columns = gif_columns, .head = gif_head, .application = true};
const ProtocolDef kMimeMultipartDef = {.name = "mime_multipart", .long_name = "MIME Multipart Media Encapsulation", .short_name = "MIME multipart", .rows = {}, .walk = walk<id::kMimeMultipart>, .application = true};
const ProtocolDef kUrlencodedFormDef = {.name = "urlencoded-form", .long_name = "HTML Form URL Encoded", .short_name = "URL Encoded Form Data", .rows = {}, .walk = walk<id::kUrlencodedForm>, .columns = type_columns, .head = typed_head, .application = true};

}  // namespace wiretail::dissect
