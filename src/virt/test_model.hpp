// Models for the tests: a machine staged from a few lines of TOML, on boards that the program carries. Time
// is moved by the test alone, so that nothing depends on how fast it runs.
#pragma once

#include <doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "virt/builtin.hpp"
#include "virt/model.hpp"

namespace nvstack::virt::test {

using channel::Gpu, channel::ReadingId;

inline constexpr const char* kDriver =
    "[driver]\nversion = \"580.95.05\"\nmodules = [\"nvidia\", \"nvidia_modeset\", \"nvidia_drm\", "
    "\"nvidia_uvm\"]\n";

/// TOML of `count` GPUs of a board with the driver loaded; `head` comes before, as in "persistence = true\n".
inline std::string machine_of(const std::string& board, unsigned count = 1, const std::string& head = "") {
  return head + kDriver + "[[gpu]]\nboard = \"" + board + "\"\ncount = " + std::to_string(count) + "\n";
}

inline Result<Scenario> scenario_of(const std::string& toml) {
  return parse_scenario(toml, "test.toml", BuiltinLibrary());
}

inline std::unique_ptr<Model> make_model(const std::string& toml) {
  auto scenario = scenario_of(toml);
  REQUIRE_MESSAGE(scenario.has_value(), (scenario ? "" : scenario.error().text()));
  auto model = Model::create(std::move(*scenario));
  REQUIRE(model.has_value());
  // Driver time stands still: a test moves it by step().
  (*model)->set_speed(0);
  return std::move(*model);
}

inline Gpu& gpu_of(Model& model, std::size_t index = 0) {
  return model.page().gpus[index];
}
inline std::int64_t value_of(Model& model, ReadingId id, std::size_t index = 0) {
  return value_or(gpu_of(model, index), id, -999);
}
inline void put_value(Model& model, ReadingId id, std::int64_t value, std::size_t index = 0) {
  const Writing writing(gpu_of(model, index));
  set_reading(gpu_of(model, index), id, value);
}

/// Driver time goes on by `seconds`, in steps of a tenth.
inline bool pass(Model& model, double seconds) {
  bool moving = true;
  for (int i = 0; i < static_cast<int>(seconds * 10); ++i) {
    model.page().base_ns += 100'000'000;
    moving = model.step(model.now());
  }
  return moving;
}

inline bool has_line(const Model& model, std::string_view part) {
  for (const KernelLine& line : model.log().lines())
    if (contains(line.text, part)) return true;
  return false;
}

/// Everything that a model raises from now on.
inline std::shared_ptr<std::vector<channel::Event>> listen(Model& model) {
  auto heard = std::make_shared<std::vector<channel::Event>>();
  model.on_event([heard](const channel::Event& event) { heard->push_back(event); });
  return heard;
}

}  // namespace nvstack::virt::test
