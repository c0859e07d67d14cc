#include "daemon/output/redaction.hpp"

#include <algorithm>

#include "config/config.hpp"

namespace wiretail::daemon {
namespace {

constexpr std::string_view kCredentials[] = {"http.authorization", "http.proxy_authorization", "http.authbasic",   "http.proxy_authbasic", "http.authcitrix", "http.authcitrix.user",
                                             "http.authcitrix.domain", "http.authcitrix.password", "http.authcitrix.session", "http.cookie", "http.cookie_pair", "http.set_cookie"};
constexpr std::string_view kUris[] = {"http.request.uri", "http.request.full_uri", "http.request.uri.query", "http.request.uri.query.parameter", "http.response_for.uri",
                                      "http.referer", "http.location"};
constexpr std::string_view kHeaders[] = {"http.request.line", "http.response.line", "http.unknown_header"};
constexpr std::string_view kSecretHeaders[] = {"authorization:", "proxy-authorization:", "cookie:", "set-cookie:", "cookie2:", "set-cookie2:"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}
bool listed(std::string_view name, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return same(name, n); });
}

std::string_view redact_query(std::string_view text, const std::vector<std::string>& parameters, bool bare, std::string& scratch) {
  size_t from = 0;
  if (!bare) {
    from = text.find('?');
    if (from == std::string_view::npos) return text;
    ++from;
  }
  if (text.find('=', from) == std::string_view::npos) return text;
  scratch.clear();
  size_t copied = 0;
  while (from < text.size()) {
    size_t end = std::min(text.find_first_of("&;# \t\r\n?", from), text.size());
    size_t equals = text.find('=', from);
    if (equals < end && equals + 1 < end && listed(text.substr(from, equals - from), parameters)) {
      scratch.append(text.substr(copied, equals + 1 - copied));
      scratch.append(kRedacted);
      copied = end;
    }
    from = end + 1;
  }
  if (copied == 0) return text;
  scratch.append(text.substr(copied));
  return scratch;
}

}  // namespace

Redaction redaction_of(std::string_view field) {
  auto among = [&](auto& list) { return std::find(std::begin(list), std::end(list), field) != std::end(list); };
  if (among(kCredentials)) return Redaction::kWhole;
  if (among(kUris)) return Redaction::kQuery;
  return among(kHeaders) ? Redaction::kHeader : Redaction::kNone;
}

std::vector<std::string> default_redacted_parameters() { return config::Output().redact_parameters; }

std::string_view redact(Redaction kind, std::string_view text, const std::vector<std::string>& parameters, std::string& scratch) {
  if (kind == Redaction::kNone) return text;
  if (kind == Redaction::kWhole) return kRedacted;
  if (kind == Redaction::kHeader)
    for (std::string_view name : kSecretHeaders)
      if (text.size() > name.size() && same(text.substr(0, name.size()), name)) {
        scratch.assign(text.substr(0, name.size()));
        scratch.append(" ").append(kRedacted);
        return scratch;
      }
  // A query, or one parameter of it, stands without the question mark.
  return redact_query(text, parameters, text.find('?') == std::string_view::npos && text.find('/') == std::string_view::npos && kind == Redaction::kQuery, scratch);
}

}  // namespace wiretail::daemon
