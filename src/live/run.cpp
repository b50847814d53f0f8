#include "live/run.hpp"

#include <algorithm>
#include <thread>

#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "live/kill.hpp"
#include "live/layout.hpp"
#include "live/model.hpp"
#include "live/sampler.hpp"
#include "smi/session.hpp"

namespace nvstack::live {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The picture follows the beat of the samplers by so much, that their answers are in it.
constexpr auto kPictureDelay = 25ms;
/// Of a picture on paper: two passes within a second, and a GPU that needs longer hangs.
constexpr auto kOnceBeat = 250ms, kOncePatience = 500ms, kOnceLimit = 600ms;

std::string xid_words(unsigned long long xid) {
  static const catalog::Catalog catalog;
  const auto table = catalog.table("xids.tsv");
  const std::string code = std::to_string(xid);
  for (std::size_t i = 0; table && i < (*table)->size(); ++i)
    if (const auto row = (*table)->row(i); row["code"] == code)
      return std::string(row["name"]) + ", " + translate(row["meaning"]);
  return "";
}

/// Plain indices need no driver, so that a GPU that hangs cannot stop the start; other names ask every GPU.
std::vector<unsigned> find_indices(smi::System& system, const std::string& ids) {
  std::vector<unsigned> indices;
  if (ids.empty()) {
    for (unsigned i = 0; i < std::min(system.count, 1024u); ++i) indices.push_back(i);
    return indices;
  }
  bool plain = true;
  for (const std::string_view word : split(ids, ',')) {
    const auto index = word.size() < 6 ? parse_uint(trim(word)) : std::nullopt;
    plain = plain && index && *index < system.count;
    if (plain) indices.push_back(static_cast<unsigned>(*index));
  }
  if (plain) return indices;
  indices.clear();
  for (const smi::Target& target : smi::find_targets(system, ids)) indices.push_back(target.index);
  return indices;
}

/// Init, the versions, the samplers; their end, and the driver's when nobody is left in it.
class Engine {
 public:
  static Result<std::unique_ptr<Engine>> start(const Options& options, const World& world,
                                               Sampler::Setup setup) {
    auto library = world.open_library();
    if (!library) return fail(ErrorCode::kNotFound, std::string(trim(smi::no_library().message)));
    auto engine = std::make_unique<Engine>(std::move(*library), world);
    const smi::Start start = smi::start_driver(engine->nvml_);
    if (start.exit_code != 0) return fail(ErrorCode::kNotAvailable, std::string(trim(start.message)));
    engine->started_driver_ = true;
    smi::System system(engine->nvml_, smi::Compat{});
    system.compat = setup.compat = smi::compat_of(system.driver_version());
    NVML_CALL(engine->nvml_, nvmlDeviceGetCount_v2, &system.count);
    engine->snapshot_.driver = system.driver_version();
    const smi::Value cuda = system.cuda_version();
    engine->snapshot_.cuda = cuda.ok() ? cuda.text : "-";
    setup.indices = find_indices(system, options.ids);
    if (setup.indices.empty()) return fail(ErrorCode::kNotFound, "No devices were found");
    engine->sampler_ = std::make_unique<Sampler>(engine->nvml_, world.host, std::move(setup));
    return engine;
  }

  Engine(nvml::Nvml library, const World& world) : nvml_(std::move(library)), world_(world) {}
  Engine(const Engine&) = delete;
  ~Engine() {
    // A thread that is still in the driver would lose it under its feet.
    const bool all_ended = !sampler_ || sampler_->stop() == Worker::End::kFinished;
    if (all_ended && started_driver_) NVML_CALL(nvml_, nvmlShutdown);
  }

  void update_snapshot() {
    const Clock::time_point now = Clock::now();
    update(snapshot_, sampler_->collect(now),
           {world_.clock(), std::chrono::duration<double>(now - began_).count(), xid_words});
  }
  Sampler& sampler() { return *sampler_; }
  Snapshot& snapshot() { return snapshot_; }

 private:
  nvml::Nvml nvml_;
  const World& world_;
  const Clock::time_point began_ = Clock::now();
  bool started_driver_ = false;
  Snapshot snapshot_;
  std::unique_ptr<Sampler> sampler_;
};

/// What the keys ask for beside another picture. False: leave.
bool act(Action action, ViewState& state, Engine& engine, const World& world) {
  switch (action) {
    case Action::kNone: return true;
    case Action::kQuit: return false;
    case Action::kBeat: engine.sampler().set_beat(state.beat); return true;
    case Action::kTopology: engine.sampler().ask_topology(); return true;
    case Action::kKill: {
      const SendResult result = send_signal(*world.host, state.victim, signal_row(state.signal));
      state.notice = result.words;
      add_event(engine.snapshot(), result.sent == Sent::kSent ? Weight::kNote : Weight::kWarning,
                render(result.words));
      return true;
    }
  }
  return true;
}

ViewState state_of(const Options& options) {
  ViewState state;
  state.access = options.access;
  state.theme = options.theme;
  state.beat = options.beat;
  return state;
}

/// When the next picture is due: a little after the samplers' next beat.
Clock::time_point next_picture(Clock::time_point now, std::chrono::milliseconds beat) {
  const auto since_zero =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() - kPictureDelay);
  return Clock::time_point((since_zero / beat + 1) * beat + kPictureDelay);
}

}  // namespace

Result<std::chrono::milliseconds> parse_beat(const std::string& text) {
  const auto number = parse_uint(text);
  if (!number || *number < 100 || *number > 10000)
    return fail(ErrorCode::kUsage,
                "--interval takes 100 to 10000 milliseconds, not \"" + printable(text, 40) + "\"");
  return std::chrono::milliseconds(*number);
}

Result<std::string> run_once(const Options& options, const World& world) {
  Sampler::Setup setup;
  setup.beat = setup.process_beat = kOnceBeat;
  setup.patience = kOncePatience;
  const auto engine = TRY(Engine::start(options, world, std::move(setup)));
  engine->sampler().wait_for(2, kOnceLimit);
  engine->update_snapshot();
  ViewState state = state_of(options);
  state.running = Running::kOnce;
  const Size size = whole_size(engine->snapshot(), state, options.columns);
  std::string text = draw(engine->snapshot(), state, size, options.glyphs).text();
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

Status run_live(const Options& options, const World& world, Terminal& terminal) {
  Sampler::Setup setup;
  setup.beat = options.beat;
  const auto engine = TRY(Engine::start(options, world, std::move(setup)));
  engine->sampler().wait_for(1, 300ms);
  ViewState state = state_of(options);
  Clock::time_point due = Clock::now();
  while (true) {
    if (Clock::now() >= due) {
      if (state.running == Running::kGoing) engine->update_snapshot();
      due = next_picture(Clock::now(), state.beat);
    }
    const Frame frame = draw(engine->snapshot(), state, terminal.size(), options.glyphs);
    terminal.paint(frame, state.theme);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
    const Input input = terminal.read(std::max(left, 0ms));
    if (!act(press(state, input, engine->snapshot(), frame), state, *engine, world)) return {};
  }
}

}  // namespace nvstack::live
