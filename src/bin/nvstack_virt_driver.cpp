// The driver process of a virtual GPU host; `nvstack virt run` and `nvstack virt start` become it.
#include "virt/launch.hpp"

int main(int argc, char** argv) {
  return nvstack::virt::launch_main(argc, argv);
}
