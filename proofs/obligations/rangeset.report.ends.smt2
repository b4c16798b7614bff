; Theorem rangeset/report, obligation ends.
; A report says exactly the members asked for, ascending and apart.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; Where it ends, neither that range nor a later one has a number asked for.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const following_end (_ BitVec 64))
(declare-const following_start (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const other_end (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; The list is canonical.
(assert (and (bvule other_start other_end) (bvule following_start following_end) (bvult other_end following_start) (not (bvule (bvsub following_start other_end) #x0000000000000001))))
; What must be impossible.
(assert (and (not (bvule other_start end)) (or (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end)) (and (bvule following_start number) (bvule number following_end) (bvule start number) (bvule number end)))))
(check-sat)
