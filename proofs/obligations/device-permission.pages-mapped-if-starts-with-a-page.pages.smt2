; Theorem device-permission/pages-mapped-if-starts-with-a-page, obligation pages.
; The pages that are mapped to dom0 for a device are those that have a byte of it, if it begins with a page.
; In xen 4.5.0 to head, 106 releases.
; xen/arch/arm/device.c: map_range_to_domain (33233c2758, 88c10b0d6e, 9568ceb287), before in domain_build.c
;
; Each page that has a byte of the device is mapped, and no other.
(set-logic QF_BV)
(declare-const number (_ BitVec 64))
(declare-const reg_size (_ BitVec 64))
(declare-const reg_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule reg_size #xffffffffffffffff) (bvult #x0000000000000000 reg_size) (bvule reg_size #xfffffffffffff000) (bvule reg_start (bvsub #xfffffffffffff000 reg_size))))
; `number` is a page frame.
(assert (bvult number #x000fffffffffffff))
; Assumption starts-with-a-page: every `reg` entry begins at a multiple of a page (who writes the device tree;
; Xen does not check it of the hardware domain's devices)
(assert (= (bvand reg_start #x0000000000000fff) #x0000000000000000))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvand reg_start #xfffffffffffff000)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl number #x000000000000000c)))
(assert (not (and (not (and (bvule t1 t2) (bvult t2 (bvadd t1 (bvand (bvadd reg_size #x0000000000000fff) #xfffffffffffff000))) (not (and (not (or (bvule (bvadd reg_start reg_size) t2) (bvule (bvadd t2 #x0000000000001000) reg_start))) (bvult #x0000000000000000 reg_size))))) (not (and (not (or (bvule (bvadd reg_start reg_size) t2) (bvule (bvadd t2 #x0000000000001000) reg_start))) (bvult #x0000000000000000 reg_size) (not (and (bvule t1 t2) (bvult t2 (bvadd t1 (bvand (bvadd reg_size #x0000000000000fff) #xfffffffffffff000))))))))))
(check-sat)
