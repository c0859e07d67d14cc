// What a content type names above HTTP: the protocols that Wireshark shows there, as layers, with their mark in the columns.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/http.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

template <ProtoId kSelf>
Next walk(Walk& w, Region region) {
  w.push(kSelf, region, region.captured());
  return {};
}

// Text that is no JSON is shown as lines below it.
Next json_walk(Walk& w, Region region) {
  w.push(id::kJson, region, region.captured());
  std::string_view text{reinterpret_cast<const char*>(w.at(region)), region.captured()};
  size_t first = text.find_first_not_of(" \t\r\n");
  bool json = first != std::string_view::npos && std::string_view("{[\"-0123456789tfn").find(text[first]) != std::string_view::npos;
  return json ? Next{} : Next{id::kTextLines, region};
}

std::string content_type(const Dissection& d) {
  std::string_view type;
  for (const LayerRef& l : d.layers)
    if (l.proto == id::kHttp)
      if (const auto* f = http::facts_of(d, l)) type = f->head.content_type;
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return std::string(type);
}

void type_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  if (&l != d.layers.begin() && (&l - 1)->proto == id::kJson) return;
  c.append_info(" (" + content_type(d) + ")");
}
void json_columns(const Dissection& d, const LayerRef&, Columns& c) {
  c.set_protocol(c.protocol + "/JSON");
  c.append_info(", JavaScript Object Notation (" + content_type(d) + ")");
}
void xml_columns(const Dissection&, const LayerRef&, Columns& c) { c.set_protocol(c.protocol + "/XML"); }
void jpeg_columns(const Dissection&, const LayerRef&, Columns& c) { c.append_info(" (JPEG JFIF image)"); }
void png_columns(const Dissection&, const LayerRef&, Columns& c) { c.append_info(" (PNG)"); }
void gif_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.append_info(" (" + std::string(reinterpret_cast<const char*>(d.at(l)), std::min(6u, l.cap_end - l.offset)) + ")");
}

}  // namespace

const ProtocolDef kTextLinesDef = {.name = "data-text-lines", .long_name = "Line-based text data", .short_name = "Line-based text data", .rows = {}, .walk = walk<id::kTextLines>, .columns = type_columns, .application = true};
const ProtocolDef kMediaDef = {.name = "media", .long_name = "Media Type", .short_name = "Media", .rows = {}, .walk = walk<id::kMedia>, .columns = type_columns, .application = true};
const ProtocolDef kJsonDef = {.name = "json", .long_name = "JavaScript Object Notation", .short_name = "JSON", .rows = {}, .walk = json_walk, .columns = json_columns, .application = true};
const ProtocolDef kXmlDef = {.name = "xml", .long_name = "eXtensible Markup Language", .short_name = "XML", .rows = {}, .walk = walk<id::kXml>, .columns = xml_columns, .application = true};
const ProtocolDef kImageJfifDef = {.name = "image-jfif", .long_name = "JPEG File Interchange Format", .short_name = "JFIF (JPEG) image", .rows = {}, .walk = walk<id::kImageJfif>, .columns = jpeg_columns, .application = true};
const ProtocolDef kPngDef = {.name = "png", .long_name = "Portable Network Graphics", .short_name = "PNG", .rows = {}, .walk = walk<id::kPng>, .columns = png_columns, .application = true};
const ProtocolDef kImageGifDef = {.name = "image-gif", .long_name = "Compuserve GIF", .short_name = "GIF image", .rows = {}, .walk = walk<id::kImageGif>, .columns = gif_columns, .application = true};
const ProtocolDef kUrlencodedFormDef = {.name = "urlencoded-form", .long_name = "HTML Form URL Encoded", .short_name = "URL Encoded Form Data", .rows = {}, .walk = walk<id::kUrlencodedForm>, .columns = type_columns, .application = true};

}  // namespace wiretail::dissect
