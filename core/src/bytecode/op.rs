//! The operations as an enum, and the layout of their operands, both made from the table.

use super::table::for_each_operation;

/// What kind of operand stands at a place in the code, for the text form.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A slot that is written: one unit.
    Dst,
    /// A slot that is read: one unit.
    Src,
    /// 32 bits of a value: two units.
    Imm32,
    /// 64 bits of a value: four units.
    Imm64,
    /// A signed distance in units from the operation's start: two units.
    Branch,
    /// A number: one unit.
    U16,
    /// A number: two units.
    U32,
    /// A number: four units.
    U64,
}

#[cfg(test)]
impl Operand {
    /// How many units it takes.
    pub(crate) const fn units(self) -> usize {
        match self {
            Self::Dst | Self::Src | Self::U16 => 1,
            Self::Imm32 | Self::Branch | Self::U32 => 2,
            Self::Imm64 | Self::U64 => 4,
        }
    }
}

/// The immediate operand that holds a value of a type.
#[cfg(test)]
macro_rules! imm {
    (i32) => {
        Operand::Imm32
    };
    (f32) => {
        Operand::Imm32
    };
    (i64) => {
        Operand::Imm64
    };
    (f64) => {
        Operand::Imm64
    };
}

macro_rules! make {
    (
        {
            commutative { $($co:ident $coa:ident $coi:ident $coia:ident : $coty:ident = $cov:ident $cof:ident;)* }
            directed { $($di:ident $dia:ident $dira:ident $dii:ident $diia:ident $dir:ident $direva:ident : $dity:ident = $div:ident $dif:ident;)* }
            fallible { $($fa:ident $fai:ident $far:ident : $faty:ident = $fav:ident $faf:ident;)* }
            int_compare { $($ic:ident $ica:ident $ici:ident $icia:ident $icb:ident $icba:ident $icbi:ident $icbia:ident not $icn:ident swapped $ics:ident : $icty:ident = $icv:ident $icf:ident;)* }
            float_compare { $($fc:ident $fca:ident $fcb:ident $fcba:ident $fcn:ident $fcna:ident swapped $fcs:ident : $fcty:ident = $fcv:ident $fcf:ident;)* }
            unary { $($un:ident $una_:ident : $una:ident => $unr:ident = $unv:ident $unf:ident;)* }
            fallible_unary { $($fu:ident : $fua:ident => $fur:ident = $fuv:ident $fuf:ident;)* }
            load { $($lo:ident $loacc:ident $loa:ident $los:ident $lop:ident $lopa:ident $lof:ident : $lom:ty => $lor:ident = $lov:ident ($loe:expr);)* }
            store { $($st:ident $stacc:ident $stat:ident $sti:ident $sta:ident $sts:ident $stsa:ident $stf:ident $stfa:ident : $stv:ident => $stm:ident = $stvi:ident ($ste:expr);)* }
        }
        {
            unary { $($vu:ident = $vuv:ident $vuf:ident;)* }
            binary { $($vb:ident = $vbv:ident $vbf:ident;)* }
            ternary { $($vt:ident = $vtv:ident $vtf:ident;)* }
            shift { $($vs:ident $vsi:ident = $vsv:ident $vsf:ident;)* }
            test { $($ve:ident : $vety:ident = $vev:ident $vef:ident;)* }
            splat { $($vp:ident : $vpty:ident = $vpv:ident $vpf:ident;)* }
            extract { $($vx:ident : $vxty:ident = $vxv:ident $vxf:ident;)* }
            replace { $($vr:ident : $vrty:ident = $vrv:ident $vrf:ident;)* }
            load { $($vl:ident $vla:ident $vls:ident : $vlm:ty => $vlr:ident = $vlv:ident ($vle:expr);)* }
            load_lane { $($ll:ident : $llm:ident = $llv:ident ($lle:expr);)* }
            store_lane { $($sl:ident : $slm:ident = $slv:ident ($sle:expr);)* }
        }
        { $($ot:ident { $($oto:ident)* })* }
    ) => {
        /// An operation. See the table for the naming.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Op {
            $($co, $coa, $coi, $coia,)* $($di, $dia, $dira, $dii, $diia, $dir, $direva,)* $($fa, $fai, $far,)*
            $($ic, $ica, $ici, $icia, $icb, $icba, $icbi, $icbia,)*
            $($fc, $fca, $fcb, $fcba, $fcn, $fcna,)* $($un, $una_,)* $($fu,)* $($lo, $loacc, $loa, $los, $lop, $lopa, $lof,)*
            $($st, $stacc, $stat, $sti, $sta, $sts, $stsa, $stf, $stfa,)*
            $($vu,)* $($vb,)* $($vt,)* $($vs, $vsi,)* $($ve,)* $($vp,)* $($vx,)* $($vr,)* $($vl, $vla, $vls,)*
            $($ll,)* $($sl,)* $($ot,)*
        }

        impl Op {
            /// All operations, in the order of their numbers.
            pub(crate) const ALL: &[Self] = &[
                $(Self::$co, Self::$coa, Self::$coi, Self::$coia,)*
                $(Self::$di, Self::$dia, Self::$dira, Self::$dii, Self::$diia, Self::$dir, Self::$direva,)*
                $(Self::$fa, Self::$fai, Self::$far,)*
                $(Self::$ic, Self::$ica, Self::$ici, Self::$icia,
                    Self::$icb, Self::$icba, Self::$icbi, Self::$icbia,)*
                $(Self::$fc, Self::$fca, Self::$fcb, Self::$fcba, Self::$fcn, Self::$fcna,)*
                $(Self::$un, Self::$una_,)* $(Self::$fu,)*
                $(Self::$lo, Self::$loacc, Self::$loa, Self::$los, Self::$lop, Self::$lopa, Self::$lof,)*
                $(Self::$st, Self::$stacc, Self::$stat, Self::$sti, Self::$sta,
                    Self::$sts, Self::$stsa, Self::$stf, Self::$stfa,)*
                $(Self::$vu,)* $(Self::$vb,)* $(Self::$vt,)*
                $(Self::$vs, Self::$vsi,)* $(Self::$ve,)* $(Self::$vp,)* $(Self::$vx,)* $(Self::$vr,)*
                $(Self::$vl, Self::$vla, Self::$vls,)* $(Self::$ll,)* $(Self::$sl,)* $(Self::$ot,)*
            ];

            /// The operands, in the order in which they follow the operation. `BrTable` is followed by its
            /// targets, one [`Operand::Branch`] each, as many as its second operand says and one more.
            #[cfg(test)]
            pub(crate) const fn operands(self) -> &'static [Operand] {
                use Operand::{Branch, Dst, Imm32, Imm64, Src, U16, U32, U64};
                match self {
                    $(Self::$co | Self::$coa)|* $(| Self::$di | Self::$dia | Self::$dira)* $(| Self::$fa)*
                    $(| Self::$ic | Self::$ica)* $(| Self::$fc | Self::$fca)*
                    $(| Self::$vb)* $(| Self::$vs)* => &[Dst, Src, Src],
                    $(Self::$coi | Self::$coia => &[Dst, Src, imm!($coty)],)*
                    $(Self::$dii | Self::$diia | Self::$dir | Self::$direva => &[Dst, Src, imm!($dity)],)*
                    $(Self::$fai | Self::$far => &[Dst, Src, imm!($faty)],)*
                    $(Self::$ici | Self::$icia => &[Dst, Src, imm!($icty)],)*
                    $(Self::$icb | Self::$icba)|* $(| Self::$fcb | Self::$fcba | Self::$fcn | Self::$fcna)*
                        => &[Src, Src, Branch],
                    $(Self::$icbi | Self::$icbia => &[Src, imm!($icty), Branch],)*
                    $(Self::$un | Self::$una_)|* $(| Self::$fu)* $(| Self::$vu)* $(| Self::$ve)* $(| Self::$vp)* => &[Dst, Src],
                    $(Self::$lo | Self::$loacc)|* $(| Self::$vl)* => &[Dst, Src, U32],
                    $(Self::$loa)|* $(| Self::$vla)* => &[Dst, Src, U32, U64],
                    $(Self::$st | Self::$stacc | Self::$stat)|* => &[Src, Src, U32],
                    $(Self::$sti => &[Src, imm!($stv), U32],)*
                    $(Self::$sta)|* => &[Src, Src, U32, U64],
                    $(Self::$los)|* $(| Self::$vls)* => &[Dst, Src, Imm32, U32],
                    $(Self::$lop | Self::$lopa)|* => &[Dst, Src, Src, U32],
                    $(Self::$lof)|* => &[Dst, U32],
                    $(Self::$sts | Self::$stsa)|* => &[Src, Imm32, Src, U32],
                    $(Self::$stf | Self::$stfa)|* => &[Src, U32],
                    $(Self::$vt)|* => &[Dst, Src, Src, Src],
                    $(Self::$vx)|* $(| Self::$vsi)* => &[Dst, Src, U16],
                    $(Self::$vr)|* => &[Dst, Src, Src, U16],
                    $(Self::$ll)|* => &[Dst, Src, Src, U16, U32, U64],
                    $(Self::$sl)|* => &[Src, Src, U16, U32, U64],
                    $(Self::$ot => &[$($oto),*],)*
                }
            }

            /// For any form of a comparison of integers, all its forms and which it is.
            pub(crate) const fn int_compare(self) -> Option<(IntCompare, usize)> {
                match self {
                    $(Self::$ic | Self::$ica | Self::$ici | Self::$icia => {
                        let form = self as usize - Self::$ic as usize;
                        let forms = IntCompare {
                            compare: [Self::$ic, Self::$ica, Self::$ici, Self::$icia],
                            branch: [Self::$icb, Self::$icba, Self::$icbi, Self::$icbia],
                            not: Self::$icn,
                        };
                        Some((forms, form))
                    })*
                    _ => None,
                }
            }

            /// For any form of a comparison of floats, the branches taken where it holds and where it does not.
            pub(crate) const fn float_compare(self) -> Option<(Self, Self)> {
                Some(match self {
                    $(Self::$fc => (Self::$fcb, Self::$fcn), Self::$fca => (Self::$fcba, Self::$fcna),)*
                    _ => return None,
                })
            }

            /// For a shift of vectors, the form whose amount stands in the code.
            pub(crate) const fn shift_imm(self) -> Option<Self> {
                match self {
                    $(Self::$vs => Some(Self::$vsi),)*
                    _ => None,
                }
            }

            /// For a load, the forms with other kinds of addresses.
            pub(crate) const fn load_forms(self) -> Option<LoadForms> {
                match self {
                    $(Self::$lo => Some(LoadForms {
                        sum: Self::$los,
                        pair: Some((Self::$lop, Self::$lopa)),
                        fixed: Some(Self::$lof),
                    }),)*
                    $(Self::$vl => Some(LoadForms { sum: Self::$vls, pair: None, fixed: None }),)*
                    _ => None,
                }
            }

            /// For a store, the forms with a sum and with a constant as the address.
            pub(crate) const fn store_forms(self) -> Option<(Self, Option<Self>)> {
                match self {
                    $(Self::$st => Some((Self::$sts, Some(Self::$stf))),)*
                    Self::V128Store => Some((Self::V128StoreSum, None)),
                    _ => None,
                }
            }

            /// The form that takes the first operand (of a store, the value) from the accumulator.
            pub(crate) const fn first_in_acc(self) -> Option<Self> {
                Some(match self {
                    $(Self::$co => Self::$coa, Self::$coi => Self::$coia,)*
                    $(Self::$di => Self::$dia, Self::$dii => Self::$diia, Self::$dir => Self::$direva,)*
                    $(Self::$ic => Self::$ica, Self::$ici => Self::$icia,)*
                    $(Self::$fc => Self::$fca,)*
                    $(Self::$un => Self::$una_,)*
                    $(Self::$lo => Self::$loacc,)*
                    $(Self::$st => Self::$stacc, Self::$sts => Self::$stsa, Self::$stf => Self::$stfa,)*
                    Self::BrIf => Self::BrIfAcc,
                    Self::BrIfNot => Self::BrIfNotAcc,
                    Self::Select => Self::SelectAcc,
                    Self::ReturnSlot => Self::ReturnAcc,
                    _ => return None,
                })
            }

            /// The form that takes the second operand (of a store, the address) from the accumulator, and
            /// whether its operands must be exchanged for that.
            pub(crate) const fn second_in_acc(self) -> Option<(Self, bool)> {
                Some(match self {
                    $(Self::$co => (Self::$coa, true),)*
                    $(Self::$di => (Self::$dira, false),)*
                    $(Self::$ic => match Self::$ics.first_in_acc() {
                        Some(swapped) => (swapped, true),
                        None => return None,
                    },)*
                    $(Self::$fc => match Self::$fcs.first_in_acc() {
                        Some(swapped) => (swapped, true),
                        None => return None,
                    },)*
                    $(Self::$st => (Self::$stat, false),)*
                    _ => return None,
                })
            }
        }
    };
}

/// The forms of a comparison of integers: both operands in slots, the left one in the accumulator, the right one
/// in the code, both of these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IntCompare {
    /// Comparing.
    pub(crate) compare: [Op; 4],
    /// Branching.
    pub(crate) branch: [Op; 4],
    /// The comparison that holds where this does not, in its first form.
    pub(crate) not: Op,
}

/// The forms of a load whose address is not a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadForms {
    /// A slot plus a constant.
    pub(crate) sum: Op,
    /// A slot plus a slot, and the accumulator plus a slot.
    pub(crate) pair: Option<(Op, Op)>,
    /// A constant.
    pub(crate) fixed: Option<Op>,
}

impl IntCompare {
    /// The forms of the comparison that holds where this does not.
    pub(crate) fn negated(self) -> Self {
        self.not.int_compare().map_or(self, |(forms, _)| forms)
    }
}

for_each_operation!(make);
