; Theorem device-permission/pages-permitted, obligation frames.
; Dom0 may manage each page that has a byte of a device.
; In xen 4.5.0 to 4.20.4, 101 releases.
; xen/arch/arm/device.c: map_range_to_domain (33233c2758, 88c10b0d6e, 9568ceb287), before in domain_build.c
;
; The frame of each page that has a byte of the device is permitted.
(set-logic QF_BV)
(declare-const number (_ BitVec 64))
(declare-const reg_size (_ BitVec 64))
(declare-const reg_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule reg_size #xffffffffffffffff) (bvult #x0000000000000000 reg_size) (bvule reg_size #xfffffffffffff000) (bvule reg_start (bvsub #xfffffffffffff000 reg_size))))
; `number` is a page frame.
(assert (bvult number #x000fffffffffffff))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd reg_start reg_size)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl number #x000000000000000c)))
(assert (and (not (or (bvule t1 t2) (bvule (bvadd t2 #x0000000000001000) reg_start))) (bvult #x0000000000000000 reg_size) (not (and (bvule (bvlshr reg_start #x000000000000000c) number) (bvule number (bvlshr (bvand (bvadd (bvsub t1 #x0000000000000001) #x0000000000000fff) #xfffffffffffff000) #x000000000000000c))))))
(check-sat)
