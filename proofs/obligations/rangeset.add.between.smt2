; Theorem rangeset/add, obligation between.
; Adding makes a canonical list of what was there and what is added.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; Whatever lies between is swallowed, and lies in what is added.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const last_end (_ BitVec 64))
(declare-const last_start (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const other_end (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; The list is canonical.
(assert (and (bvule other_start other_end) (bvule last_start last_end) (bvult other_end last_start) (not (bvule (bvsub last_start other_end) #x0000000000000001))))
; `other` is between.
(assert (bvult start other_start))
; `last` starts between the two numbers.
(assert (and (bvult start last_start) (bvule last_start end)))
; What must be impossible.
(assert (or (and (bvule last_end end) (bvule other_end end) (not (or (not (and (bvule other_start number) (bvule number other_end))) (and (bvule start number) (bvule number end))))) (and (bvule last_end end) (not (bvule other_end end))) (and (not (bvule last_end end)) (bvule other_end last_end) (not (or (not (and (bvule other_start number) (bvule number other_end))) (and (bvule start number) (bvule number end))))) (and (not (bvule last_end end)) (not (bvule other_end last_end)))))
(check-sat)
