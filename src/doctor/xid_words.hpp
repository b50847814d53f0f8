// The words for an error number: from a group of lines to a Finding by the rows of xids.tsv, sxids.tsv and
// nvlink_rules.tsv. Private to xid.cpp.
#pragma once

#include "doctor/xid.hpp"

namespace nvstack::doctor {

Finding xid_finding(const ErrorGroup& group, const catalog::Catalog& catalog);
Finding sxid_finding(const ErrorGroup& group, const catalog::Catalog& catalog);
Finding nvlink_finding(const ErrorGroup& group, const catalog::Catalog& catalog);

}  // namespace nvstack::doctor
