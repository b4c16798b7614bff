; Theorem rangeset/remove-if-first-there, obligation several.
; What a removal leaves was there, and was not to be removed, if its first number is there or none is.
; In xen 4.19.3 to head, 13 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; What is left was there, and was not to be removed.
(set-logic QF_BV)
(declare-const below_end (_ BitVec 64))
(declare-const below_start (_ BitVec 64))
(declare-const end (_ BitVec 64))
(declare-const last_end (_ BitVec 64))
(declare-const last_start (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; Assumption below-top: what is removed ends below the last number of all (page frames have 52 bits; of bytes
; assumption sensible-entries says it)
(assert (bvult end #xffffffffffffffff))
; The list is canonical.
(assert (and (bvule below_start below_end) (bvule last_start last_end) (bvult below_end last_start) (not (bvule (bvsub last_start below_end) #x0000000000000001))))
; `below` starts at or below the first number.
(assert (bvule below_start start))
; `last` starts between the two numbers.
(assert (and (bvult start last_start) (bvule last_start end)))
; Assumption first-there: of what is removed, the first number is in the set, or no number is (theorem
; unallocated/first-there-if-apart)
(assert (and (bvule below_start start) (bvule start below_end)))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd end #x0000000000000001)))
(assert (or (and (bvult below_start start) (bvule start below_end) (bvule t1 last_end) (not (or (not (or (and (bvule below_start number) (bvule number (bvsub start #x0000000000000001))) (and (bvule t1 number) (bvule number last_end)))) (and (or (and (bvule below_start number) (bvule number below_end)) (and (bvule last_start number) (bvule number last_end))) (not (and (bvule start number) (bvule number end))))))) (and (bvult below_start start) (bvule start below_end) (not (bvule t1 last_end)) (not (or (not (and (bvule below_start number) (bvule number (bvsub start #x0000000000000001)))) (and (or (and (bvule below_start number) (bvule number below_end)) (and (bvule last_start number) (bvule number last_end))) (not (and (bvule start number) (bvule number end))))))) (and (bvult below_start start) (not (bvule start below_end)) (bvule t1 last_end) (not (or (not (or (and (bvule below_start number) (bvule number below_end)) (and (bvule t1 number) (bvule number last_end)))) (and (or (and (bvule below_start number) (bvule number below_end)) (and (bvule last_start number) (bvule number last_end))) (not (and (bvule start number) (bvule number end))))))) (and (bvult below_start start) (not (bvule start below_end)) (not (bvule t1 last_end)) (not (or (not (and (bvule below_start number) (bvule number below_end))) (and (or (and (bvule below_start number) (bvule number below_end)) (and (bvule last_start number) (bvule number last_end))) (not (and (bvule start number) (bvule number end))))))) (and (not (bvult below_start start)) (bvule t1 last_end) (not (or (not (and (bvule t1 number) (bvule number last_end))) (and (or (and (bvule below_start number) (bvule number below_end)) (and (bvule last_start number) (bvule number last_end))) (not (and (bvule start number) (bvule number end)))))))))
(check-sat)
