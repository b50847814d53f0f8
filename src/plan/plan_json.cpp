#include "plan/decision.hpp"
#include "plan/plan.hpp"

namespace nvstack::plan {

namespace {

Json gpu_json(const TargetGpu& gpu) {
  Json json = Json::object();
  json.set("bdf", gpu.bdf);
  json.set("device_id", catalog::GpuId{gpu.id.device, 0, 0}.text());
  json.set("subsystem", gpu.id.subvendor == 0 ? Json() : Json(gpu.id.text().substr(10)));
  json.set("name", gpu.verdict.name);
  json.set("architecture", catalog::architecture_name(gpu.verdict.architecture));
  json.set("open", catalog::open_support_name(gpu.verdict.open));
  json.set("legacy_branch", Json(gpu.verdict.legacy_branch));
  return json;
}

Json step_json(const Step& step) {
  Json json = Json::object();
  json.set("kind", step_kind_name(step.kind));
  json.set("what", render_english(step.what));
  json.set("commands", Json(step.commands));
  json.set("reason", render_english(step.reason));
  json.set("undo", Json(step.undo));
  json.set("source", step.source);
  return json;
}

Json refusal_json(const Refusal& refusal) {
  Json json = Json::object();
  json.set("id", refusal.id);
  json.set("reason", render_english(refusal.reason));
  json.set("nearest", render_english(refusal.nearest));
  json.set("nearest_wish", refusal.nearest_wish);
  return json;
}

template <typename T, typename Make>
Json list_json(const std::vector<T>& values, Make make) {
  Json list = Json::array();
  for (const T& value : values) list.add(make(value));
  return list;
}

}  // namespace

Json plan_json(const Plan& plan) {
  Json distribution = Json::object();
  distribution.set("id", plan.target.os.id);
  distribution.set("version", plan.target.os.version_id);
  Json json = Json::object();
  json.set("gpus", list_json(plan.target.gpus, gpu_json));
  json.set("flavor", plan.flavor ? catalog::flavor_name(*plan.flavor) : std::string_view("none"));
  json.set("branch", Json(plan.branch));
  json.set("platform", platform_kind_name(plan.target.platform));
  json.set("distribution", std::move(distribution));
  json.set("wish", wish_options(plan.wish));
  json.set("commands", Json(plan.commands()));
  json.set("steps", list_json(plan.steps, step_json));
  json.set("reasons",
           list_json(plan.reasons, [](const Message& reason) { return Json(render_english(reason)); }));
  json.set("refusals", list_json(plan.refusals, refusal_json));
  json.set("digest", plan.digest);
  return json;
}

}  // namespace nvstack::plan
