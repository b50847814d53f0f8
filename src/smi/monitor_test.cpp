#include "smi/monitor.hpp"

#include <doctest.h>

#include "smi/test_boards.hpp"

using namespace nvstack::smi::test;

TEST_CASE("dmon prints power, load and clocks, again and again") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  CHECK(run_on(made, {"dmon", "-c", "2"}, 9).out ==
        "# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec    jpg    ofa   mclk   pclk \n"
        "# Idx      W      C      C      %      %      %      %      %      %    MHz    MHz \n"
        "    0    629     59     55    100     11      0      2      0      0   2619   1980 \n"
        "    1     38     33      -      0      0      -      -      -      -      -      - \n"
        "    0    629     59     55    100     11      0      2      0      0   2619   1980 \n"
        "    1     38     33      -      0      0      -      -      -      -      -      - \n");
}

TEST_CASE("dmon with chosen metrics, as CSV, and with wrong words") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"dmon", "-c", "1", "-s", "m"}).out ==
        "# gpu     fb   bar1   ccpm \n# Idx     MB     MB     MB \n    0  19818  19819      0 \n");
  CHECK(run_on(made, {"dmon", "-c", "1", "-s", "et"}).out ==
        "# gpu  sbecc  dbecc    pci  rxpci  txpci \n# Idx   errs   errs   errs   MB/s   MB/s \n"
        "    0      0      0      9      6      3 \n");
  CHECK(run_on(made, {"dmon", "-c", "1", "-s", "p", "--format", "csv,noheader"}).out == "0, 629, 59, 55\n");
  CHECK(line_of(run_on(made, {"dmon", "-c", "1", "-s", "c", "-o", "T"}).out, 0) ==
        "#Time        gpu   mclk   pclk ");
  CHECK(run_on(made, {"dmon", "-s", "z"}).code == 2);
  CHECK(run_on(made, {"dmon", "-d", "0"}).code == 2);
  CHECK(run_on(made, {"dmon", "--what"}).code == 255);
  CHECK(run_on(made, {"dmon", "-i", "7"}).code == 6);
}

TEST_CASE("pmon prints a line a process, dashes where nothing is used or nobody works") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  CHECK(run_on(made, {"pmon", "-c", "1"}).out ==
        "# gpu         pid   type     sm    mem    enc    dec    jpg    ofa    command \n"
        "# Idx           #    C/G      %      %      %      %      %      %    name \n"
        "    0        900   C+G      -      -      -      -      -      -    Xorg           \n"
        "    0      11327     C     99     10      -      -      -      -    python3.11     \n"
        "    0      11328     C      -      -      -      -      -      -    memhog         \n"
        "    1          -     -      -      -      -      -      -      -    -              \n");
}

TEST_CASE("before 530 there were no columns for JPEG and optical flow") {
  FakeDriver made = make_driver({gaming_board()});
  CHECK(line_of(run_on(made, {"pmon", "-c", "1", "--compat=525"}).out, 0) ==
        "# gpu         pid   type     sm    mem    enc    dec    command ");
  CHECK(line_of(run_on(made, {"dmon", "-c", "1", "--compat=525"}).out, 0) ==
        "# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec   mclk   pclk ");
}
