// diagnose asks every rule about one machine; diagnose_log judges a pasted log alone. Pure: both see only
// values.
#pragma once

#include "catalog/catalog.hpp"
#include "doctor/finding.hpp"
#include "facts/facts.hpp"

namespace nvstack::doctor {

/// All rules over the facts, the log in the facts included; root causes ordered first, consequences folded.
Report diagnose(const facts::HostFacts& facts, const catalog::Catalog& catalog);

/// Any text: kernel log, installer log, make.log, nvidia-bug-report, application output. Only rules with
/// patterns.
Report diagnose_log(const facts::LogText& log, const catalog::Catalog& catalog);

}  // namespace nvstack::doctor
