; Theorem fast-paths/sweep, obligation order.
; A sweep by start tells exactly the pairs of regions that share a byte.
; In xen 4.4.0 to head, 111 releases.
; verifier/layout/stretches.py: overlapping: what pictures and maps call an overlap
;
; Of two regions in order the second does not start below the first.
(set-logic QF_BV)
(declare-const between_end (_ BitVec 64))
(declare-const between_start (_ BitVec 64))
(declare-const later_end (_ BitVec 64))
(declare-const later_start (_ BitVec 64))
; What must be impossible.
(assert (or (and (= later_start between_start) (= later_end between_end) (not (bvule between_start later_start))) (and (= later_start between_start) (not (= later_end between_end)) (bvult between_end later_end) (not (bvule later_start between_start))) (and (= later_start between_start) (not (= later_end between_end)) (not (bvult between_end later_end)) (not (bvule between_start later_start))) (and (not (= later_start between_start)) (bvult later_start between_start) (not (bvule later_start between_start))) (and (not (= later_start between_start)) (not (bvult later_start between_start)) (not (bvule between_start later_start)))))
(check-sat)
