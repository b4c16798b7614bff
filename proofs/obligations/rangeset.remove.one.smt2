; Theorem rangeset/remove, obligation one.
; What a removal leaves was there, and was not to be removed.
; In xen 4.19.3 to head, 13 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
; Also an obligation of rangeset/remove-if-first-there.
;
; What is left was there, and was not to be removed.
(set-logic QF_BV)
(declare-const below_end (_ BitVec 64))
(declare-const below_start (_ BitVec 64))
(declare-const end (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; Assumption below-top: what is removed ends below the last number of all (page frames have 52 bits; of bytes
; assumption sensible-entries says it)
(assert (bvult end #xffffffffffffffff))
; The list is canonical.
(assert (bvule below_start below_end))
; `below` starts at or below the first number.
(assert (bvule below_start start))
; What must be impossible.
(assert (or (and (bvult below_end start) (not (or (not (and (bvule below_start number) (bvule number below_end))) (and (bvule below_start number) (bvule number below_end) (not (and (bvule start number) (bvule number end))))))) (and (not (bvult below_end start)) (bvult below_start start) (bvult end below_end) (not (or (not (or (and (bvule below_start number) (bvule number (bvsub start #x0000000000000001))) (and (bvule (bvadd end #x0000000000000001) number) (bvule number below_end)))) (and (bvule below_start number) (bvule number below_end) (not (and (bvule start number) (bvule number end))))))) (and (not (bvult below_end start)) (bvult below_start start) (not (bvult end below_end)) (not (or (not (and (bvule below_start number) (bvule number (bvsub start #x0000000000000001)))) (and (bvule below_start number) (bvule number below_end) (not (and (bvule start number) (bvule number end))))))) (and (not (bvult below_end start)) (not (bvult below_start start)) (bvult end below_end) (not (or (not (and (bvule (bvadd end #x0000000000000001) number) (bvule number below_end))) (and (bvule below_start number) (bvule number below_end) (not (and (bvule start number) (bvule number end)))))))))
(check-sat)
