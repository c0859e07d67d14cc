// `-G fields` and `-G protocols`, in tshark's tab-separated form.
#pragma once
#include <string>

namespace wiretail::daemon {

std::string glossary_fields();
std::string glossary_protocols();

}  // namespace wiretail::daemon
