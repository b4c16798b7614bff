; Theorem rangeset/add, obligation alone.
; Adding makes a canonical list of what was there and what is added.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; What is there and what is added, and nothing else, is there afterwards, in canonical ranges.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const following_end (_ BitVec 64))
(declare-const following_start (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; The list is canonical.
(assert (bvule following_start following_end))
; `following` is the first range that starts above the last number.
(assert (bvult end following_start))
; What must be impossible.
(assert (or (and (= (bvadd end #x0000000000000001) following_start) (not (and (or (not (and (bvule start number) (bvule number following_end))) (and (bvule following_start number) (bvule number following_end)) (and (bvule start number) (bvule number end))) (or (and (bvule start number) (bvule number following_end)) (not (or (and (bvule following_start number) (bvule number following_end)) (and (bvule start number) (bvule number end))))) (bvule start following_end)))) (and (not (= (bvadd end #x0000000000000001) following_start)) (not (and (or (not (or (and (bvule start number) (bvule number end)) (and (bvule following_start number) (bvule number following_end)))) (and (bvule following_start number) (bvule number following_end)) (and (bvule start number) (bvule number end))) (or (and (bvule start number) (bvule number end)) (and (bvule following_start number) (bvule number following_end)) (not (or (and (bvule following_start number) (bvule number following_end)) (and (bvule start number) (bvule number end))))) (bvule start end) (bvule following_start following_end) (bvult end following_start) (not (bvule (bvsub following_start end) #x0000000000000001)))))))
(check-sat)
