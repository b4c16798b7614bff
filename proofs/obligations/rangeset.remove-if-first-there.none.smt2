; Theorem rangeset/remove-if-first-there, obligation none.
; What a removal leaves was there, and was not to be removed, if its first number is there or none is.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; Where a range starts between the two numbers, one that was to be removed is there.
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
(assert (not (and (bvule start last_start) (bvule last_start end) (bvule last_start last_start) (bvule last_start last_end))))
(check-sat)
