// Goal: text stays inside the frame whatever it is, curves and bars fill what they should, quantities fit
// their columns.
#include "live/frame.hpp"

#include <doctest.h>

#include "live/chart.hpp"
#include "live/reasons.hpp"
#include "live/series.hpp"
#include "live/theme.hpp"
#include "live/words.hpp"

using namespace nvstack::live;

TEST_CASE("text is cut at its width and at the edge") {
  Frame frame({2, 8});
  CHECK(frame.put(0, 0, "abc") == 3);
  CHECK(frame.put(0, 4, "defgh") == 8);
  CHECK(frame.put(1, 0, "abcdef", Role::kPlain, 3) == 3);
  frame.put(7, 0, "nowhere");
  frame.put(0, 99, "nowhere");
  frame.put_right(1, 8, "xy");
  frame.put_right(1, 3, "too long");
  CHECK(frame.text() == "abc def~\nab~   xy\n");
}

TEST_CASE("wide characters take two cells, foreign bytes are question marks") {
  Frame frame({1, 6});
  CHECK(frame.put(0, 0, "中a") == 3);
  CHECK(frame.row(0)[1].glyph == 0);
  CHECK(frame.text() == "中a\n");
  CHECK(frame.put(0, 0, "\x1b\xff\xc3") == 3);
  CHECK(frame.text() == "???\n");
  Frame narrow({1, 3});
  narrow.put(0, 0, "中中");
  CHECK(narrow.text() == "中~\n");
  Frame ascii({1, 4}, Glyphs::kAscii);
  ascii.put(0, 0, "中é");
  CHECK(ascii.text() == "??\n");
}

TEST_CASE("every character survives as UTF-8, and clicks find their region") {
  for (const char32_t glyph : {U'a', U'é', U'中', U'\U0001F600'}) {
    Frame frame({1, 4});
    frame.put(0, 0, utf8_of(glyph));
    CHECK(frame.row(0)[0].glyph == glyph);
  }
  Frame frame({3, 10});
  frame.add_region({1, 2, 5, Target::kProcess, 7});
  REQUIRE(frame.region_at(1, 4));
  CHECK(frame.region_at(1, 4)->value == 7);
  CHECK_FALSE(frame.region_at(1, 5));
  CHECK_FALSE(frame.region_at(2, 4));
}

TEST_CASE("a curve has the newest value at its right and leaves gaps empty") {
  Series series;
  for (const double value : {0.0, 50.0, 100.0}) series.push(value);
  series.push(std::nullopt);
  series.push(25.0);
  Frame frame({2, 6});
  draw_curve(frame, {0, 0, 2, 6}, series, 100);
  CHECK(frame.text() == "   █\n ▁██ ▄\n");
  Frame ascii({1, 6}, Glyphs::kAscii);
  draw_curve(ascii, {0, 0, 1, 6}, series, 100);
  CHECK(ascii.text() == " .:# .\n");
  draw_curve(ascii, {0, 0, 1, 6}, series, 0);  // nothing to measure by
  CHECK(ascii.text() == " ... .\n");
}

TEST_CASE("a bar fills from the left") {
  Frame frame({1, 4});
  draw_bar(frame, {0, 0, 1, 4}, 0.5);
  CHECK(frame.text() == "██\n");
  Frame ascii({1, 4}, Glyphs::kAscii);
  draw_bar(ascii, {0, 0, 1, 4}, 7);
  CHECK(ascii.text() == "####\n");
}

TEST_CASE("a series forgets what is too old and knows its largest") {
  Series series;
  for (int i = 0; i < 1000; ++i) series.push(i);
  CHECK(series.size() == Series::kLengthMax);
  CHECK(series.ago(0) == 999);
  CHECK(series.ago(Series::kLengthMax - 1) == 1000 - double(Series::kLengthMax));
  CHECK_FALSE(series.ago(Series::kLengthMax));
  CHECK(series.largest(10) == 999);
  CHECK(Series().largest(5) == 0);
}

TEST_CASE("quantities fit their columns") {
  CHECK(bytes_word(0) == "0");
  CHECK(bytes_word(512.0 * 1024 * 1024) == "512M");
  CHECK(bytes_word(70.1 * (1ull << 30)) == "70.1G");
  CHECK(bytes_word(1023.9 * (1ull << 20)) == "1.0G");
  CHECK(bytes_word(180.0 * (1ull << 30)) == "180G");
  CHECK(bytes_word(std::nullopt) == "-");
  CHECK(bytes_word(1e30).size() < 16);
  CHECK(rate_word(1.23e9) == "1.2G");
  CHECK(rate_word(999.0) == "999");
  CHECK(rate_word(-5.0) == "0");
  CHECK(time_word(0.62) == "0.6s");
  CHECK(time_word(42.0) == "42s");
  CHECK(time_word(754.0) == "12:34");
  CHECK(time_word(18754.0) == "5:12:34");
  CHECK(time_word(273600.0) == "3d04h");
  CHECK(time_word(-1.0) == "-");
  CHECK(energy_word(850.0) == "850 J");
  CHECK(energy_word(12300.0) == "12.3 kJ");
  CHECK(energy_word(180000.0) == "50.0 Wh");
  CHECK(energy_word(4.32e6) == "1.20 kWh");
  CHECK(whole(std::nullopt) == "-");
}

TEST_CASE("reasons have words, the worst first; idleness and settings slow nothing down") {
  CHECK(reason_words(4 | 64) == "slowed by the hardware: too hot; capped by the power limit");
  CHECK(reason_words(0) == "");
  CHECK(reason_words(1ull << 40) == "");
  CHECK(slowing_reasons(1 | 2 | 256) == 0);
  CHECK(slowing_reasons(1 | 4) == 4);
  for (const Reason* reason : find_reasons(~0ull)) CHECK(std::string_view(reason->brief).size() <= 6);
}

TEST_CASE("every theme has a look for every role; mono uses no colour but shows what matters") {
  for (std::size_t i = 0; i < kRoles; ++i) {
    const Style mono = style_of(Theme::kMono, static_cast<Role>(i));
    CHECK(mono.foreground == -1);
    CHECK(mono.background == -1);
  }
  CHECK(style_of(Theme::kMono, Role::kSelected).reverse);
  CHECK(style_of(Theme::kMono, Role::kBad).bold);
  CHECK(style_of(Theme::kDark, Role::kBad).foreground == 1);
  CHECK(style_of(Theme::kLight, Role::kWarning).background == 3);
  CHECK(parse_theme("light") == Theme::kLight);
  CHECK_FALSE(parse_theme("pink"));
}
