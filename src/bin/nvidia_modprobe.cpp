// nvidia-modprobe, the drop-in.
#include "cli/nvidia_modprobe.hpp"

int main(int argc, char** argv) {
  return nvstack::cli::nvidia_modprobe_main(argc, argv);
}
