; Theorem iommu-holes/wrapping-windows, obligation pass-PCI-windows.
; Xen gives up on exactly those inputs that have a PCI window which does not end below 2^64, unless it stops
; before.
; In xen 4.18.0 to head, 24 releases.
; xen/arch/arm/domain_build.c: handle_pci_range (133f6df947)
;
; Xen gives up if it is a PCI window that wraps, and else goes on.
(set-logic QF_BV)
(declare-const window_size (_ BitVec 64))
(declare-const window_start (_ BitVec 64))
; What must be impossible.
(assert (or (and (bvule window_size (bvsub #xffffffffffffffff window_start)) (not (bvule window_size (bvsub #xffffffffffffffff window_start)))) (and (not (bvule window_size (bvsub #xffffffffffffffff window_start))) (bvule window_size (bvsub #xffffffffffffffff window_start)))))
(check-sat)
