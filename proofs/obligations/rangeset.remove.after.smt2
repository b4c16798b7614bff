; Theorem rangeset/remove, obligation after.
; What a removal leaves was there, and was not to be removed.
; In xen 4.19.3 to head, 13 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
; Also an obligation of rangeset/remove-if-first-there.
;
; Whatever starts above is kept, and was not to be removed.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const other_end (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; The list is canonical.
(assert (bvule other_start other_end))
; `other` is above.
(assert (bvult end other_start))
; What must be impossible.
(assert (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end)))
(check-sat)
