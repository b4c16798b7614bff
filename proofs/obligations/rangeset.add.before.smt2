; Theorem rangeset/add, obligation before.
; Adding makes a canonical list of what was there and what is added.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; What comes before stays apart from what is made.
(set-logic QF_BV)
(declare-const below_end (_ BitVec 64))
(declare-const below_start (_ BitVec 64))
(declare-const end (_ BitVec 64))
(declare-const other_end (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; The list is canonical.
(assert (and (bvule other_start other_end) (bvule below_start below_end) (bvult other_end below_start) (not (bvule (bvsub below_start other_end) #x0000000000000001))))
; `below` starts at or below the first number.
(assert (bvule below_start start))
; What must be impossible.
(assert (or (and (bvult below_end start) (= (bvadd below_end #x0000000000000001) start) (bvule below_end end) (not (and (bvult other_end below_start) (not (bvule (bvsub below_start other_end) #x0000000000000001))))) (and (bvult below_end start) (= (bvadd below_end #x0000000000000001) start) (not (bvule below_end end)) (not (and (bvult other_end below_start) (not (bvule (bvsub below_start other_end) #x0000000000000001))))) (and (bvult below_end start) (not (= (bvadd below_end #x0000000000000001) start)) (not (and (bvult other_end below_start) (not (bvule (bvsub below_start other_end) #x0000000000000001))))) (and (not (bvult below_end start)) (bvule below_end end) (not (and (bvult other_end below_start) (not (bvule (bvsub below_start other_end) #x0000000000000001))))) (and (not (bvult below_end start)) (not (bvule below_end end)) (not (and (bvult other_end below_start) (not (bvule (bvsub below_start other_end) #x0000000000000001)))))))
(check-sat)
