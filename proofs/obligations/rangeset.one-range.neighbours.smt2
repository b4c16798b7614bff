; Theorem rangeset/one-range, obligation neighbours.
; Members without a gap lie in one range; if no sorted neighbours meet, no two ranges do.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; Two members that follow each other lie in one range.
(set-logic QF_BV)
(declare-const following_end (_ BitVec 64))
(declare-const following_start (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const other_end (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
; The list is canonical.
(assert (and (bvule other_start other_end) (bvule following_start following_end) (bvult other_end following_start) (not (bvule (bvsub following_start other_end) #x0000000000000001))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd number #x0000000000000001)))
(assert (and (bvule other_start number) (bvule number other_end) (bvult number #xffffffffffffffff) (bvule following_start t1) (bvule t1 following_end)))
(check-sat)
