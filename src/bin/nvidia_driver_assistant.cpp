// nvidia-driver-assistant, the drop-in.
#include "cli/driver_assistant.hpp"

int main(int argc, char** argv) {
  return nvstack::cli::driver_assistant_main(argc, argv);
}
