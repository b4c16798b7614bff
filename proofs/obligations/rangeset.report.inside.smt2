; Theorem rangeset/report, obligation inside.
; A report says exactly the members asked for, ascending and apart.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; Of a range it says the numbers asked for.
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
; `other` is not beyond.
(assert (bvule other_start end))
; What must be impossible.
(assert (or (and (bvule start other_end) (bvule other_start start) (bvule other_end end) (not (and (or (not (and (bvule start number) (bvule number other_end))) (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end))) (or (and (bvule start number) (bvule number other_end)) (not (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end)))) (bvule start other_end)))) (and (bvule start other_end) (bvule other_start start) (not (bvule other_end end)) (not (and (or (not (and (bvule start number) (bvule number end))) (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end))) (or (and (bvule start number) (bvule number end)) (not (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end)))) (bvule start end)))) (and (bvule start other_end) (not (bvule other_start start)) (bvule other_end end) (not (and (or (not (and (bvule other_start number) (bvule number other_end))) (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end))) (or (and (bvule other_start number) (bvule number other_end)) (not (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end)))) (bvule other_start other_end)))) (and (bvule start other_end) (not (bvule other_start start)) (not (bvule other_end end)) (not (and (or (not (and (bvule other_start number) (bvule number end))) (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end))) (or (and (bvule other_start number) (bvule number end)) (not (and (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end)))) (bvule other_start end)))) (and (not (bvule start other_end)) (bvule other_start number) (bvule number other_end) (bvule start number) (bvule number end))))
(check-sat)
