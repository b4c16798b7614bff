; Theorem rangeset/find, obligation lower.
; Halving the list finds the last range that starts at or below a number.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; Where the lower half is given up, everything in it starts at or below the number.
(set-logic QF_BV)
(declare-const below_start (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
; `other` lies at or before the middle: starts ascend.
(assert (bvule other_start below_start))
; What must be impossible.
(assert (and (not (bvult number below_start)) (not (bvule other_start number))))
(check-sat)
