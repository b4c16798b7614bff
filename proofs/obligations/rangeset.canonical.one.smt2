; Theorem rangeset/canonical, obligation one.
; Removing leaves a canonical list, inside what was there.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; What is left is canonical, and lies between where it began and where it ended.
(set-logic QF_BV)
(declare-const below_end (_ BitVec 64))
(declare-const below_start (_ BitVec 64))
(declare-const end (_ BitVec 64))
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
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub start #x0000000000000001)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvadd end #x0000000000000001)))
(assert (or (and (bvult below_end start) (not (and (bvule below_start below_end) (bvule below_start below_start) (bvule below_end below_end)))) (and (not (bvult below_end start)) (bvult below_start start) (bvult end below_end) (not (and (bvule below_start t1) (bvule t2 below_end) (bvult t1 t2) (not (bvule (bvsub t2 t1) #x0000000000000001)) (bvule below_start below_start) (bvule t1 below_end) (bvule below_start t2) (bvule below_end below_end)))) (and (not (bvult below_end start)) (bvult below_start start) (not (bvult end below_end)) (not (and (bvule below_start t1) (bvule below_start below_start) (bvule t1 below_end)))) (and (not (bvult below_end start)) (not (bvult below_start start)) (bvult end below_end) (not (and (bvule t2 below_end) (bvule below_start t2) (bvule below_end below_end))))))
(check-sat)
