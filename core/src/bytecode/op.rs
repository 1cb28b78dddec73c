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
            commutative { $($co:ident $coi:ident : $coty:ident = $cov:ident $cof:ident;)* }
            directed { $($di:ident $dii:ident $dir:ident : $dity:ident = $div:ident $dif:ident;)* }
            fallible { $($fa:ident $fai:ident $far:ident : $faty:ident = $fav:ident $faf:ident;)* }
            int_compare { $($ic:ident $ici:ident $icb:ident $icbi:ident not $icn:ident swapped $ics:ident : $icty:ident = $icv:ident $icf:ident;)* }
            float_compare { $($fc:ident $fcb:ident $fcn:ident : $fcty:ident = $fcv:ident $fcf:ident;)* }
            unary { $($un:ident : $una:ident => $unr:ident = $unv:ident $unf:ident;)* }
            fallible_unary { $($fu:ident : $fua:ident => $fur:ident = $fuv:ident $fuf:ident;)* }
            load { $($lo:ident $loa:ident : $lom:ty => $lor:ident = $lov:ident ($loe:expr);)* }
            store { $($st:ident $sti:ident $sta:ident : $stv:ident => $stm:ident = $stvi:ident ($ste:expr);)* }
        }
        {
            unary { $($vu:ident = $vuv:ident $vuf:ident;)* }
            binary { $($vb:ident = $vbv:ident $vbf:ident;)* }
            ternary { $($vt:ident = $vtv:ident $vtf:ident;)* }
            shift { $($vs:ident = $vsv:ident $vsf:ident;)* }
            test { $($ve:ident : $vety:ident = $vev:ident $vef:ident;)* }
            splat { $($vp:ident : $vpty:ident = $vpv:ident $vpf:ident;)* }
            extract { $($vx:ident : $vxty:ident = $vxv:ident $vxf:ident;)* }
            replace { $($vr:ident : $vrty:ident = $vrv:ident $vrf:ident;)* }
            load { $($vl:ident $vla:ident : $vlm:ty => $vlr:ident = $vlv:ident ($vle:expr);)* }
            load_lane { $($ll:ident : $llm:ident = $llv:ident ($lle:expr);)* }
            store_lane { $($sl:ident : $slm:ident = $slv:ident ($sle:expr);)* }
        }
        { $($ot:ident { $($oto:ident)* })* }
    ) => {
        /// An operation. See the table for the naming.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Op {
            $($co, $coi,)* $($di, $dii, $dir,)* $($fa, $fai, $far,)* $($ic, $ici, $icb, $icbi,)*
            $($fc, $fcb, $fcn,)* $($un,)* $($fu,)* $($lo, $loa,)* $($st, $sti, $sta,)*
            $($vu,)* $($vb,)* $($vt,)* $($vs,)* $($ve,)* $($vp,)* $($vx,)* $($vr,)* $($vl, $vla,)*
            $($ll,)* $($sl,)* $($ot,)*
        }

        impl Op {
            /// All operations, in the order of their numbers.
            pub(crate) const ALL: &[Self] = &[
                $(Self::$co, Self::$coi,)* $(Self::$di, Self::$dii, Self::$dir,)*
                $(Self::$fa, Self::$fai, Self::$far,)* $(Self::$ic, Self::$ici, Self::$icb, Self::$icbi,)*
                $(Self::$fc, Self::$fcb, Self::$fcn,)* $(Self::$un,)* $(Self::$fu,)* $(Self::$lo, Self::$loa,)*
                $(Self::$st, Self::$sti, Self::$sta,)* $(Self::$vu,)* $(Self::$vb,)* $(Self::$vt,)*
                $(Self::$vs,)* $(Self::$ve,)* $(Self::$vp,)* $(Self::$vx,)* $(Self::$vr,)*
                $(Self::$vl, Self::$vla,)* $(Self::$ll,)* $(Self::$sl,)* $(Self::$ot,)*
            ];

            /// The operands, in the order in which they follow the operation. `BrTable` is followed by its
            /// targets, one [`Operand::Branch`] each, as many as its second operand says and one more.
            #[cfg(test)]
            pub(crate) const fn operands(self) -> &'static [Operand] {
                use Operand::{Branch, Dst, Imm32, Imm64, Src, U16, U32, U64};
                match self {
                    $(Self::$co)|* $(| Self::$di)* $(| Self::$fa)* $(| Self::$ic)* $(| Self::$fc)*
                    $(| Self::$vb)* $(| Self::$vs)* => &[Dst, Src, Src],
                    $(Self::$coi => &[Dst, Src, imm!($coty)],)*
                    $(Self::$dii | Self::$dir => &[Dst, Src, imm!($dity)],)*
                    $(Self::$fai | Self::$far => &[Dst, Src, imm!($faty)],)*
                    $(Self::$ici => &[Dst, Src, imm!($icty)],)*
                    $(Self::$icb)|* $(| Self::$fcb | Self::$fcn)* => &[Src, Src, Branch],
                    $(Self::$icbi => &[Src, imm!($icty), Branch],)*
                    $(Self::$un)|* $(| Self::$fu)* $(| Self::$vu)* $(| Self::$ve)* $(| Self::$vp)* => &[Dst, Src],
                    $(Self::$lo)|* $(| Self::$vl)* => &[Dst, Src, U32],
                    $(Self::$loa)|* $(| Self::$vla)* => &[Dst, Src, U32, U64],
                    $(Self::$st)|* => &[Src, Src, U32],
                    $(Self::$sti => &[Src, imm!($stv), U32],)*
                    $(Self::$sta)|* => &[Src, Src, U32, U64],
                    $(Self::$vt)|* => &[Dst, Src, Src, Src],
                    $(Self::$vx)|* => &[Dst, Src, U16],
                    $(Self::$vr)|* => &[Dst, Src, Src, U16],
                    $(Self::$ll)|* => &[Dst, Src, Src, U16, U32, U64],
                    $(Self::$sl)|* => &[Src, Src, U16, U32, U64],
                    $(Self::$ot => &[$($oto),*],)*
                }
            }

            /// For a comparison of integers, its forms.
            pub(crate) const fn int_compare(self) -> Option<IntCompare> {
                Some(match self {
                    $(Self::$ic => IntCompare {
                        imm: Self::$ici, branch: Self::$icb, branch_imm: Self::$icbi, not: Self::$icn,
                    },)*
                    _ => return None,
                })
            }

            /// The comparison of integers whose immediate form this is.
            pub(crate) const fn int_compare_of_imm(self) -> Option<Self> {
                Some(match self { $(Self::$ici => Self::$ic,)* _ => return None })
            }

            /// For a comparison of floats, the branches taken where it holds and where it does not.
            pub(crate) const fn float_compare(self) -> Option<(Self, Self)> {
                Some(match self { $(Self::$fc => (Self::$fcb, Self::$fcn),)* _ => return None })
            }
        }
    };
}

/// The forms of a comparison of integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IntCompare {
    /// With an immediate on the right.
    pub(crate) imm: Op,
    /// Branching.
    pub(crate) branch: Op,
    /// Branching, with an immediate on the right.
    pub(crate) branch_imm: Op,
    /// The comparison that holds where this does not.
    pub(crate) not: Op,
}

for_each_operation!(make);
