; Theorem rangeset/one-range, obligation disjoint.
; Members without a gap lie in one range; if no sorted neighbours meet, no two ranges do.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; If each range ends below the start of the next, a range that ends below one ends below all later ones.
(set-logic QF_BV)
(declare-const below_end (_ BitVec 64))
(declare-const below_start (_ BitVec 64))
(declare-const following_end (_ BitVec 64))
(declare-const following_start (_ BitVec 64))
(declare-const last_end (_ BitVec 64))
(declare-const last_start (_ BitVec 64))
; `last` follows `below`, `following` is next.
(assert (and (bvule below_start below_end) (bvule last_start last_end) (bvule following_start following_end) (bvult below_end last_start) (bvult last_end following_start)))
; What must be impossible.
(assert (not (bvult below_end following_start)))
(check-sat)
