; Theorem rangeset/add, obligation last.
; Adding makes a canonical list of what was there and what is added.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; The last range is swallowed too, unless it is the merged one.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const last_end (_ BitVec 64))
(declare-const last_start (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; The list is canonical.
(assert (bvule last_start last_end))
; `last` starts between the two numbers.
(assert (and (bvult start last_start) (bvule last_start end)))
; What must be impossible.
(assert (and (not (bvule last_end end)) (not (bvule last_end last_end))))
(check-sat)
