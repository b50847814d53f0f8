#include <algorithm>

#include "base/text.hpp"
#include "framework/index.hpp"
#include "framework/url.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kLinksMax = 200'000;

/// &amp; &lt; &gt; &quot; &#43; &#x2b;: what index pages use.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text[i] == '&' ? text.substr(i, 12).find(';') : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text[i];
      continue;
    }
    const std::string_view name = text.substr(i + 1, end - 1);
    char c = '\0';
    if (name == "amp") c = '&';
    if (name == "lt") c = '<';
    if (name == "gt") c = '>';
    if (name == "quot") c = '"';
    if (name == "apos") c = '\'';
    if (name.starts_with("#")) {
      const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
      const auto code = hex ? parse_hex(name.substr(2)) : parse_uint(name.substr(1));
      if (code && *code >= 32 && *code < 127) c = static_cast<char>(*code);
    }
    if (c == '\0') {
      out += '&';
      continue;
    }
    out += c;
    i += end;
  }
  return out;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/// Walks the attributes of one tag: name, then value in either quotes or none.
class Attributes {
 public:
  explicit Attributes(std::string_view text) : left_(text) {}

  bool next(std::string_view& name, std::string_view& value) {
    while (!left_.empty() && (is_blank(left_.front()) || left_.front() == '/')) left_.remove_prefix(1);
    if (left_.empty()) return false;
    std::size_t end = 0;
    while (end < left_.size() && !is_blank(left_[end]) && left_[end] != '=') ++end;
    name = left_.substr(0, end), value = {};
    left_.remove_prefix(end);
    skip_blanks();
    if (left_.empty() || left_.front() != '=') {
      if (end == 0) left_.remove_prefix(std::min<std::size_t>(1, left_.size()));
      return true;
    }
    left_.remove_prefix(1);
    skip_blanks();
    take_value(value);
    return true;
  }

 private:
  void skip_blanks() {
    while (!left_.empty() && is_blank(left_.front())) left_.remove_prefix(1);
  }
  void take_value(std::string_view& value) {
    if (left_.empty()) return;
    const char quote = left_.front();
    std::size_t end = 0;
    if (quote == '"' || quote == '\'') {
      left_.remove_prefix(1);
      end = std::min(left_.find(quote), left_.size());
      value = left_.substr(0, end);
      left_.remove_prefix(std::min(end + 1, left_.size()));
      return;
    }
    while (end < left_.size() && !is_blank(left_[end])) ++end;
    value = left_.substr(0, end);
    left_.remove_prefix(end);
  }

  std::string_view left_;
};

/// The end of a tag that begins at `at`, quotes minded.
std::size_t tag_end(std::string_view text, std::size_t at) {
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '>') return at;
    if (c != '"' && c != '\'') continue;
    at = text.find(c, at + 1);  // a quoted value is leapt over: it is most of a tag
    if (at == std::string_view::npos) break;
  }
  return std::string_view::npos;
}

bool same_word(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if ((text[i] | 0x20) != word[i] && text[i] != word[i]) return false;
  return true;
}

/// The texts of a link that had to be unescaped; most have not, and are views of the page.
struct LinkTexts {
  std::string href, requires_python;
};

std::string_view unescaped_into(std::string& own, std::string_view text) {
  if (text.find('&') == std::string_view::npos) return text;
  return own = unescaped(text);
}

IndexLink link_of(std::string_view attributes, LinkTexts& own) {
  IndexLink link;
  Attributes walk(attributes);
  for (std::string_view name, value; walk.next(name, value);) {
    if (same_word(name, "href")) link.href = unescaped_into(own.href, trim(value));
    if (same_word(name, "data-requires-python"))
      link.requires_python = unescaped_into(own.requires_python, value);
    if (same_word(name, "data-yanked")) link.yanked = true;
  }
  return link;
}

std::string base_of(std::string_view attributes) {
  Attributes walk(attributes);
  for (std::string_view name, value; walk.next(name, value);)
    if (same_word(name, "href")) return unescaped(trim(value));
  return "";
}

/// Behind a comment, keeping the time that pytorch.org writes at the end of a page.
std::size_t skip_comment(std::string_view text, std::size_t at, Index& index) {
  const std::size_t end = text.find("-->", at + 4);
  const std::string_view body = text.substr(at + 4, end == std::string_view::npos ? 0 : end - at - 4);
  if (body.starts_with("TIMESTAMP ")) index.published = printable(trim(body.substr(10)), 40);
  return end == std::string_view::npos ? text.size() : end + 3;
}

}  // namespace

Result<Index> parse_index_html(std::string_view text, Index index) {
  const std::string source = index.source;
  index.files.reserve(std::min<std::size_t>(text.size() / 256, 20'000));
  for (std::size_t at = text.find('<'); at < text.size(); at = text.find('<', at)) {
    if (text.substr(at, 4) == "<!--") {
      at = skip_comment(text, at, index);
      continue;
    }
    std::size_t name_end = at + 1;
    while (name_end < text.size() && !is_blank(text[name_end]) && text[name_end] != '>') ++name_end;
    const std::string_view name = text.substr(at + 1, name_end - at - 1);
    const std::size_t end = tag_end(text, name_end);
    if (end == std::string_view::npos) {
      if (same_word(name, "a"))
        index.note("cut-off", N_("the page ends within a link: it was cut off on its way"));
      break;
    }
    const std::string_view attributes = text.substr(name_end, end - name_end);
    if (same_word(name, "a")) {
      if (index.links == kLinksMax)
        return fail(ErrorCode::kTooLarge, "more than 200000 links", "give the page of one project");
      LinkTexts own;
      if (const IndexLink link = link_of(attributes, own); !link.href.empty()) add_link(index, link);
    } else if (same_word(name, "base")) {
      if (const std::string base = base_of(attributes); !base.empty())
        index.source = resolve_url(source, base);
    }
    at = end + 1;
    if (same_word(name, "script") || same_word(name, "style"))
      at = std::min(text.find("</", at), text.size());
  }
  return index;
}

}  // namespace nvstack::framework
