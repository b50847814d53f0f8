#include "base/text.hpp"
#include "framework/resolve.hpp"

namespace nvstack::framework {

namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

void put_build(Json& json, const Build& build) {
  json.set("torch", build.torch.torch.text());
  json.set("torchvision", text_or_null(build.family.torchvision));
  json.set("torchaudio", text_or_null(build.family.torchaudio));
  json.set("torchtext", text_or_null(build.family.torchtext));
  json.set("cuda_variant", build.torch.variant);
  json.set("wheel", build.torch.wheel);
}

Json machine_json(const Request& request) {
  Json gpus = Json::array();
  for (const WantedGpu& gpu : request.gpus)
    gpus.add(Json::object().set("name", gpu.name).set("compute_capability", gpu.capability.text()));
  Json json = Json::object();
  json.set("python", request.python.text()).set("arch", request.arch).set("libc", request.libc.text());
  json.set("gpus", std::move(gpus));
  json.set("driver", request.driver ? Json(request.driver->text) : Json());
  json.set("toolkit", request.toolkit ? Json(request.toolkit->text) : Json());
  json.set("channel", std::string(channel_name(request.channel)));
  return json;
}

Json refusal_json(const NoBuild& refusal) {
  Json nearest = Json::array(), options = Json::array();
  for (const NearestWish& wish : refusal.nearest) {
    nearest.add(render(wish.text));
    options.add(wish.options);
  }
  return Json::object()
      .set("reason", render(refusal.reason))
      .set("nearest", std::move(nearest))
      .set("nearest_options", std::move(options));
}

Json alternatives_json(const std::vector<Alternative>& alternatives) {
  Json out = Json::array();
  for (const Alternative& one : alternatives) {
    Json json = Json::object();
    json.set("question", one.question).set("why", render(one.why));
    put_build(json, one.build);
    out.add(std::move(json));
  }
  return out;
}

}  // namespace

Json answer_json(const Answer& answer) {
  Json json = Json::object();
  if (answer.build) {
    put_build(json, *answer.build);
  } else {
    for (const char* key : {"torch", "torchvision", "torchaudio", "torchtext", "cuda_variant", "wheel"})
      json.set(key, Json());
  }
  json.set("wheels", answer.build ? Json(answer.build->wheels) : Json::array());
  json.set("url", answer.build ? text_or_null(answer.build->torch.url) : Json());
  json.set("sha256", answer.build ? text_or_null(answer.build->torch.sha256) : Json());
  json.set("index_url", text_or_null(answer.address));
  json.set("commands", Json(answer.commands));
  Json reasons = Json::array(), warnings = Json::array();
  for (const Message& reason : answer.reasons) reasons.add(render(reason));
  for (const Caution& warning : answer.warnings)
    warnings.add(Json::object().set("id", warning.id).set("text", render(warning.text)));
  json.set("reasons", std::move(reasons)).set("warnings", std::move(warnings));
  json.set("refusal", answer.refusal ? refusal_json(*answer.refusal) : Json());
  json.set("alternatives", alternatives_json(answer.alternatives));
  json.set("data_date", answer.data_date);
  json.set("indexes", Json(answer.indexes));
  json.set("machine", machine_json(answer.request));
  return json;
}

}  // namespace nvstack::framework
