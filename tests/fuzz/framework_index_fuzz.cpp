#include "framework/index.hpp"

#include "framework/url.hpp"
#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(as_text(bytes, size));
  framework::Index empty;
  empty.source = "https://h/whl/cu124/torch/";
  use(framework::parse_index_html(text, empty));
  use(framework::parse_index_json(text, empty));
  use(framework::parse_index(text, text.substr(0, 100), size % 2 == 0 ? "" : "cp311"));
  use(framework::resolve_url(text.substr(0, size / 2), text.substr(size / 2)));
  use(framework::url_file_name(text));
  use(framework::url_host(text));
  return 0;
}
