// Goal: the command line of nvidia-modprobe is read as the original reads it.
#include <doctest.h>

#include "base/text.hpp"
#include "cli/modprobe_options.hpp"

using namespace nvstack;
using namespace nvstack::cli;

namespace {

ModprobeWish wish_of(const std::vector<std::string>& words) {
  const auto parsed = parse_modprobe_options("nvidia-modprobe", words);
  REQUIRE(std::holds_alternative<ModprobeWish>(parsed));
  return std::get<ModprobeWish>(parsed);
}

std::string error_of(const std::vector<std::string>& words) {
  const auto parsed = parse_modprobe_options("nvidia-modprobe", words);
  const auto* error = std::get_if<std::string>(&parsed);
  return error ? *error : "no error";
}

const char* kInvalid = "Invalid commandline, please run `nvidia-modprobe --help` for usage information.";

}  // namespace

TEST_CASE("minors in every spelling") {
  CHECK(wish_of({"-c", "0", "-c=255", "--create-nvidia-device-file", "3", "-create-nvidia-device-file=0x10"})
            .minors == std::vector<int>{0, 255, 3, 16});
  CHECK(wish_of({}).minors.empty());
}

TEST_CASE("flags alone, long, and in one word") {
  const ModprobeWish wish = wish_of({"-um", "--nvswitch", "-nvlink", "-a"});
  CHECK(wish.unified_memory);
  CHECK(wish.modeset);
  CHECK(wish.nvswitch);
  CHECK(wish.nvlink);
  CHECK(wish.auto_online_movable);
  CHECK(wish_of({"-uc", "0"}).minors == std::vector<int>{0});
}

TEST_CASE("capabilities and IMEX channels") {
  const ModprobeWish wish = wish_of({"-f", "/proc/driver/nvidia/capabilities/mig/config", "-i", "2:3"});
  CHECK(wish.capabilities == std::vector<std::string>{"/proc/driver/nvidia/capabilities/mig/config"});
  CHECK(wish.imex_first == 2);
  CHECK(wish.imex_count == 3);
  for (const char* bad : {"", "1", "a:1", "1:", "1:99999999"})
    CHECK(error_of({"-i", bad}) == "Couldn't read IMEX channel minor numbers.");
}

TEST_CASE("what is wrong is named as the original names it") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"-x"},
                                                                                     {"word"},
                                                                                     {"-c"},
                                                                                     {"-c", "x"},
                                                                                     {"-c", "-1"},
                                                                                     {"--modeset=1"},
                                                                                     {"-cu", "0"},
                                                                                     {"--unknown"},
                                                                                     {"-"},
                                                                                     {""},
                                                                                     {"--"}})
    CHECK_MESSAGE(error_of(words) == kInvalid, join(words, " "));
  std::vector<std::string> many;
  for (int i = 0; i < 65; ++i) many.insert(many.end(), {"-c", "0"});
  CHECK(error_of(many) == "Too many NVIDIA character device files requested.");
  many.clear();
  for (int i = 0; i < 257; ++i) many.insert(many.end(), {"-f", "/proc/x"});
  CHECK(error_of(many) == "Too many NVIDIA capability device files requested.");
}

TEST_CASE("version and help") {
  CHECK(std::get<ModprobeText>(parse_modprobe_options("p", {"-v", "-x"})) == ModprobeText::kVersion);
  CHECK(std::get<ModprobeText>(parse_modprobe_options("p", {"--help"})) == ModprobeText::kHelp);
  CHECK(render_modprobe_text(ModprobeText::kVersion) == "\nnvidia-modprobe:  version 610.43.03\n\n");
  CHECK(contains(render_modprobe_text(ModprobeText::kHelp),
                 "  -c MINOR-NUMBER, --create-nvidia-device-file=MINOR-NUMBER\n"));
}
