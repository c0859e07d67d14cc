#include "filter/filter.hpp"

#include <algorithm>
#include <iterator>

#include "filter/check.hpp"
#include "filter/error_codes.hpp"
#include "filter/program.hpp"
#include "filter/simplify.hpp"

namespace wiretail::filter {

Program::Program() : data_(std::make_unique<ProgramData>()) {}
Program::Program(std::unique_ptr<ProgramData> data) : data_(std::move(data)) {}
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

size_t Program::filter_count() const { return data_->filters.size(); }
std::span<const FieldId> Program::fields_read() const { return data_->fields; }

bool Program::searches_payloads() const {
  return std::any_of(data_->atoms.begin(), data_->atoms.end(), [](const Atom& a) { return a.plain_bytes != nullptr; });
}

std::vector<GivenUp> Program::given_up() const {
  std::vector<GivenUp> out;
  for (auto [filter, test] : data_->patterns)
    if (uint64_t values = test->regex->limits_reached()) out.push_back({filter, test->pattern, values});
  return out;
}

dissect::Needs Program::needs() const {
  dissect::Needs needs;
  for (FieldId id : data_->fields) needs.add(id);
  if (data_->flow) {
    needs.flow_wanted = [](const void* context, const dissect::Dissection& d) { return static_cast<const Program*>(context)->flow_wanted(d); };
    needs.flow_context = this;
  }
  // Stream numbers are the same for everybody only if every flow is numbered.
  for (FieldId id : data_->fields) {
    std::string_view name = dissect::Registry::get()[id].name;
    if (name.ends_with(".stream")) needs.flow_wanted = nullptr;
  }
  needs.matches_need_application = matches_need_application(*data_);
  return needs;
}

CompileResult compile(std::span<const FilterSource> filters, const CompileOptions& options) {
  CompileResult result;
  auto data = std::make_unique<ProgramData>();
  bool good = true;
  for (const FilterSource& source : filters) {
    CheckResult checked = check_filter(source.text, source.subject, options);
    auto& diagnostics = result.diagnostics.emplace_back(std::move(checked.errors));
    diagnostics.insert(diagnostics.end(), checked.filter.warnings.begin(), checked.filter.warnings.end());
    std::move(checked.list_uses.begin(), checked.list_uses.end(), std::back_inserter(result.list_uses));
    data->sources.push_back(source);
    if (!checked.filter.root) {
      good = false;
      continue;
    }
    TypedFilter typed;
    typed.root = simplify(std::move(checked.filter.root));
    data->typed.push_back(std::move(typed));
    if (good && !add_filter(*data, *data->typed.back().root, source.subject, options.max_instructions)) {
      diagnostics.push_back({error_code::kLimit, {}, "all filters together need more instructions than the limit max_instructions of " + std::to_string(options.max_instructions), "use sets or lists (in $name) instead of many filters"});
      good = false;
    }
  }
  if (good) {
    finish_program(*data);
    data->flow = flow_program(*data);
    result.program.emplace(std::move(data));
  }
  return result;
}

}  // namespace wiretail::filter
