; Theorem fast-paths/sweep, obligation told.
; A sweep by start tells exactly the pairs of regions that share a byte.
; In xen 4.4.0 to head, 111 releases.
; verifier/layout/stretches.py: overlapping: what pictures and maps call an overlap
;
; A region tells an earlier one that was not dropped if and only if they share a byte.
(set-logic QF_BV)
(declare-const between_end (_ BitVec 64))
(declare-const between_start (_ BitVec 64))
(declare-const later_end (_ BitVec 64))
(declare-const later_start (_ BitVec 64))
(declare-const one_end (_ BitVec 64))
(declare-const one_start (_ BitVec 64))
; `one` is not empty, and regions come by their starts; none ends before it starts.
(assert (and (bvult one_start one_end) (bvule one_start between_start) (bvule between_start later_start) (bvule between_start between_end) (bvule later_start later_end)))
; What must be impossible.
(assert (or (and (bvule one_end between_start) (bvult between_end between_start)) (and (bvule one_end between_start) (not (bvult between_end between_start)) (= (bvsub between_end between_start) #x0000000000000000) (bvult one_start one_end) (bvult one_start between_end) (bvult between_start one_end) (bvult between_start between_end)) (and (bvule one_end between_start) (not (bvult between_end between_start)) (not (= (bvsub between_end between_start) #x0000000000000000)) (bvult one_start one_end) (bvult one_start between_end) (bvult between_start one_end) (bvult between_start between_end)) (and (not (bvule one_end between_start)) (bvult between_end between_start)) (and (not (bvule one_end between_start)) (not (bvult between_end between_start)) (= (bvsub between_end between_start) #x0000000000000000) (bvult one_start one_end) (bvult one_start between_end) (bvult between_start one_end) (bvult between_start between_end)) (and (not (bvule one_end between_start)) (not (bvult between_end between_start)) (not (= (bvsub between_end between_start) #x0000000000000000)) (not (and (bvult one_start one_end) (bvult one_start between_end) (bvult between_start one_end) (bvult between_start between_end))))))
(check-sat)
