// Goal: every field of a GPU's status line, and control lines that a hostile client or daemon writes.
#include <doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "persist/control.hpp"

using namespace nvstack;
using namespace nvstack::persist;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const Clock::time_point kNow{std::chrono::hours(5)};

Gpu held_gpu() {
  Gpu gpu;
  gpu.address = {0, 0x10, 0}, gpu.uuid = "GPU-1";
  gpu.mode = gpu.wanted = NVPD_MODE_ENABLED, gpu.numa = NVPD_NUMA_ONLINE, gpu.held_since = 1'700'000'000;
  return gpu;
}

std::vector<std::string> names_of(const ControlLine& line) {
  std::vector<std::string> names;
  for (const auto& [name, value] : line.fields) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("a held GPU's line: reached and wanted mode, NUMA, UVM, since when") {
  const ControlLine line = describe_gpu(held_gpu(), kNow);
  CHECK(line.kind == "gpu");
  CHECK(names_of(line) ==
        std::vector<std::string>{"address", "uuid", "mode", "wanted", "numa", "uvm", "held_since"});
  CHECK(line.field("address") == "0000:10:00.0");
  CHECK(line.field("uuid") == "GPU-1");
  CHECK(line.field("numa") == "online");
  CHECK(line.field("uvm") == "disabled");
  CHECK(line.field("held_since") == "1700000000");
}

TEST_CASE("a GPU that opens, waits for its next try and failed before says all of it in milliseconds") {
  Gpu gpu = held_gpu();
  gpu.mode = NVPD_MODE_DISABLED, gpu.held_since.reset(), gpu.uvm = true;
  gpu.busy_since = kNow - seconds(3), gpu.retry_at = kNow + milliseconds(1500);
  gpu.open_took = milliseconds(42), gpu.failures = 2, gpu.last_error = "no node (make one)";
  const ControlLine line = describe_gpu(gpu, kNow);
  CHECK(line.field("mode") == "disabled");
  CHECK(line.field("wanted") == "enabled");
  CHECK(line.field("uvm") == "enabled");
  CHECK(line.field("busy_for_ms") == "3000");
  CHECK(line.field("retry_in_ms") == "1500");
  CHECK(line.field("open_took_ms") == "42");
  CHECK(line.field("failures") == "2");
  CHECK(line.field("last_error") == "no node (make one)");
}

TEST_CASE("a lease says how long it lasts, or that it lasts as long as its connection") {
  Gpu gpu = held_gpu();
  gpu.lease = Lease{0, kNow + seconds(60)};
  CHECK(describe_gpu(gpu, kNow).field("released") == "60000");
  CHECK(describe_gpu(gpu, kNow + seconds(59)).field("released") == "1000");
  gpu.lease = Lease{9, {}};
  CHECK(describe_gpu(gpu, kNow).field("released") == "hold");
}

TEST_CASE("a line read back has the fields of the one written, in their order") {
  const ControlLine written = describe_gpu(held_gpu(), kNow);
  const std::string text = render_control_line(written);
  REQUIRE(text.ends_with("\n"));
  const ControlLine read = parse_control_line(std::string_view(text).substr(0, text.size() - 1));
  CHECK(read.kind == written.kind);
  CHECK(read.fields == written.fields);
}

TEST_CASE("values of the driver cannot forge lines, fields or an endless answer") {
  Gpu gpu = held_gpu();
  gpu.uuid = "GPU-\tmode=disabled\ngpu\taddress=0000:99:00.0";
  gpu.failures = 1, gpu.last_error = std::string(100'000, 'x') + "\n\n";
  const std::string text = render_control_line(describe_gpu(gpu, kNow));
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.size() < 2000);
  const ControlLine read = parse_control_line(std::string_view(text).substr(0, text.size() - 1));
  CHECK(read.field("mode") == "enabled");
  CHECK(read.field("address") == "0000:10:00.0");
}

TEST_CASE("lines that a daemon of another version writes: unknown kinds, fields without a value") {
  CHECK(parse_control_line("").kind.empty());
  CHECK(parse_control_line("").fields.empty());
  const ControlLine line = parse_control_line("new-kind\tplain\ta=\t=b\tc=d=e\ta=second\t");
  CHECK(line.kind == "new-kind");
  CHECK(line.field("plain").empty());
  CHECK(line.field("a").empty());  // the first of its name
  CHECK(line.field("c") == "d=e");
  CHECK(names_of(line) == std::vector<std::string>{"a", "", "c", "a"});
}

TEST_CASE("a period is 1 second to 7 days, in digits alone") {
  for (const auto& [word, count] : {std::pair{"1", 1}, {"60", 60}, {"604800", 604'800}}) {
    const auto request = parse_control("release all " + std::string(word));
    REQUIRE(request);
    CHECK(request->verb == ControlRequest::Verb::kRelease);
    CHECK(request->period == seconds(count));
    CHECK(!request->gpu);
  }
  for (const char* word : {"0", "604801", "18446744073709551617", "1.5", "0x10", "1h", "+5", "Hold", "hold2"})
    CHECK(!parse_control("release all " + std::string(word)));
}

TEST_CASE("requests bear blanks, and the address in each of its forms") {
  for (const char* line :
       {"take-back 0000:10:00.0", "  take-back \t 10:00.0  ", "take-back 00000000:10:00\r"}) {
    const auto request = parse_control(line);
    REQUIRE(request);
    CHECK(request->verb == ControlRequest::Verb::kTakeBack);
    CHECK(request->gpu == GpuAddress{0, 0x10, 0});
  }
}

TEST_CASE("a refused request is quoted as text, cut, and answered with what there is") {
  const auto request = parse_control("\x1b]0;owned\x07 " + std::string(900, 'x'));
  REQUIRE(!request);
  CHECK(request.error().code == ErrorCode::kUsage);
  CHECK(!has_control_bytes(request.error().message));
  CHECK(request.error().message.size() < 250);
  CHECK(request.error().hint == "status, release ADDRESS|all SECONDS|hold, take-back ADDRESS|all");
}
