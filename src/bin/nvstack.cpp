#include "cli/command.hpp"

int main(int argc, char** argv) {
  return nvstack::cli::nvstack_main(argc, argv);
}
