//! What an instruction does, on which type.
//!
//! In: nothing. Out: enums of one byte, and what the passes ask about them.

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Ty {
    /// No value.
    None,
    I32,
    /// Also references and addresses of the host's records.
    I64,
    F32,
    F64,
    V128,
}

impl Ty {
    pub(crate) const fn is_int(self) -> bool {
        matches!(self, Self::I32 | Self::I64)
    }

    /// Bytes of a value.
    pub(crate) const fn bytes(self) -> u8 {
        match self {
            Self::None => 0,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
            Self::V128 => 16,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
        }
    }
}

/// What an instruction does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it may be left out, moved and shared.
    Pure,
    /// It may trap; it may be shared, but not left out.
    Traps,
    /// It reads what others write.
    Reads,
    /// It writes.
    Writes,
}

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident $text:literal $effect:ident;)*) => {
        /// The operations.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(crate) enum Op { $($(#[$doc])* $name,)* }

        impl Op {
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            pub(crate) const fn effect(self) -> Effect {
                match self { $(Self::$name => Effect::$effect,)* }
            }
        }
    };
}

ops! {
    /// The 64 bits `a`, `b`; a vector's are number `a` of [`Function::vectors`](super::Function).
    Const "const" Pure;
    /// Parameter `b` of block `a`.
    Param "param" Pure;
    /// Result `b` of instruction `a`.
    Proj "proj" Pure;
    Add "add" Pure;
    Sub "sub" Pure;
    Mul "mul" Pure;
    /// The upper half of a product of 64-bit integers with a sign.
    MulHighS "mul_high_s" Pure;
    /// The same without.
    MulHighU "mul_high_u" Pure;
    And "and" Pure;
    Or "or" Pure;
    Xor "xor" Pure;
    Shl "shl" Pure;
    ShrS "shr_s" Pure;
    ShrU "shr_u" Pure;
    Rotl "rotl" Pure;
    Rotr "rotr" Pure;
    DivS "div_s" Traps;
    DivU "div_u" Traps;
    RemS "rem_s" Traps;
    RemU "rem_u" Traps;
    Clz "clz" Pure;
    Ctz "ctz" Pure;
    Popcnt "popcnt" Pure;
    Ext8 "ext8_s" Pure;
    Ext16 "ext16_s" Pure;
    /// The low 32 bits of a 64-bit integer, with their sign.
    Ext32 "ext32_s" Pure;
    Wrap "wrap" Pure;
    ExtS "extend_s" Pure;
    ExtU "extend_u" Pure;
    /// Compares integers; `aux` is a [`Cond`].
    Icmp "icmp" Pure;
    /// Compares floats; `aux` is a [`FloatCond`].
    Fcmp "fcmp" Pure;
    /// `b` if `a` is not zero, otherwise `c`.
    Select "select" Pure;
    Fadd "fadd" Pure;
    Fsub "fsub" Pure;
    Fmul "fmul" Pure;
    Fdiv "fdiv" Pure;
    Fmin "fmin" Pure;
    Fmax "fmax" Pure;
    Fcopysign "fcopysign" Pure;
    Fabs "fabs" Pure;
    Fneg "fneg" Pure;
    Fsqrt "fsqrt" Pure;
    /// Rounds to an integer; `aux` is the mode of `roundss`.
    Fround "fround" Pure;
    Demote "demote" Pure;
    Promote "promote" Pure;
    /// The same bits as another type of the same size.
    Bitcast "bitcast" Pure;
    ConvertS "convert_s" Pure;
    ConvertU "convert_u" Pure;
    TruncS "trunc_s" Traps;
    TruncU "trunc_u" Traps;
    TruncSatS "trunc_sat_s" Pure;
    TruncSatU "trunc_sat_u" Pure;
    /// `a`, with the canonical NaN in place of any other; for a vector `aux` is the bytes of a lane.
    Canon "canon" Pure;
    /// An operator on vectors, up to three operands; `aux` is a [`Vector`](super::Vector) and a lane.
    Vector "vector" Pure;
    /// Bytes of `a` and `b`; their numbers are the vector constant `c`.
    Shuffle "shuffle" Pure;
    /// The value of memory at address `a` plus `b`; `aux` is an [`Access`]. A vector of fewer bytes has zeros above them.
    Load "load" Reads;
    /// Writes `b` to memory at address `a` plus `c`.
    Store "store" Writes;
    /// Traps unless address `a` plus `c` is at most the length in memory record `b`; `aux` is 1 where the sum may have
    /// more than 64 bits.
    Check "check" Traps;
    /// Traps unless address `a` is at most `b`, which is a memory's limit.
    CheckLimit "check_limit" Traps;
    /// Traps with the number in `aux` if `a` is not zero.
    TrapIf "trap_if" Traps;
    /// The record of memory `a`.
    MemoryRecord "memory_record" Pure;
    /// The length in bytes in memory record `a`.
    MemoryLen "memory_len" Reads;
    /// The length in bytes in memory record `a` less `b`, which it is never below.
    MemoryLimit "memory_limit" Reads;
    /// The address of the first byte in memory record `a`; `aux` is 1 where it is always the same.
    MemoryBase "memory_base" Reads;
    /// The record of global `a`.
    GlobalRecord "global_record" Pure;
    /// The value in global record `a`.
    GlobalGet "global_get" Reads;
    /// Sets the value in global record `a` to `b`.
    GlobalSet "global_set" Writes;
    /// The reference to function `a`.
    FuncRef "func_ref" Pure;
    /// The record of table `a`.
    TableRecord "table_record" Pure;
    /// How many elements there are in table record `a`.
    TableLen "table_len" Reads;
    /// Element `a` of table record `b`, or a trap, whose number is in `aux`.
    TableGet "table_get" Traps;
    /// Sets element `a` of table record `b` to `c`, or traps.
    TableSet "table_set" Writes;
    /// Calls function `c` with `b` arguments from word `a` of the pool on.
    Call "call" Writes;
    /// Traps unless reference `a` is one to a function whose type has this canonical id: `b`.
    CheckType "check_type" Traps;
    /// Calls what reference `c` refers to, a function of type `aux` of the module; otherwise as `call`.
    CallRef "call_ref" Writes;
    /// Calls as `call` in place of this function: nothing follows.
    TailCall "tail_call" Writes;
    /// The same as `call_ref`.
    TailCallRef "tail_call_ref" Writes;
    /// Pays `a`; or the guest stops until it can.
    Fuel "fuel" Writes;
    /// The guest stops if it shall.
    Poll "poll" Writes;
    /// Calls builtin number `c`; otherwise as `call`.
    Builtin "builtin" Writes;
}

impl Op {
    /// Whether the operands may change places.
    pub(crate) const fn commutes(self) -> bool {
        matches!(
            self,
            Self::Add
                | Self::Mul
                | Self::MulHighS
                | Self::MulHighU
                | Self::And
                | Self::Or
                | Self::Xor
                | Self::Fadd
                | Self::Fmul
        )
    }
}

macro_rules! conds {
    ($name:ident: $($cond:ident $text:literal not $not:ident swapped $swapped:ident;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum $name { $($cond,)* }

        impl $name {
            const ALL: &[Self] = &[$(Self::$cond,)*];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$cond => $text,)* }
            }

            /// What holds if this does not.
            pub(crate) const fn not(self) -> Self {
                match self { $(Self::$cond => Self::$not,)* }
            }

            /// What holds of the operands in the other order.
            pub(crate) const fn swapped(self) -> Self {
                match self { $(Self::$cond => Self::$swapped,)* }
            }

            /// From an instruction's `aux`.
            pub(crate) fn of(aux: u16) -> Self {
                Self::ALL[usize::from(aux) % Self::ALL.len()]
            }
        }
    };
}

conds! { Cond:
    Eq "eq" not Ne swapped Eq;
    Ne "ne" not Eq swapped Ne;
    LtS "lt_s" not GeS swapped GtS;
    LtU "lt_u" not GeU swapped GtU;
    GtS "gt_s" not LeS swapped LtS;
    GtU "gt_u" not LeU swapped LtU;
    LeS "le_s" not GtS swapped GeS;
    LeU "le_u" not GtU swapped GeU;
    GeS "ge_s" not LtS swapped LeS;
    GeU "ge_u" not LtU swapped LeU;
}

impl Cond {
    /// The one that says the same of numbers that are not negative, and takes them for such.
    pub(crate) const fn without_sign(self) -> Self {
        match self {
            Self::LtS => Self::LtU,
            Self::GtS => Self::GtU,
            Self::LeS => Self::LeU,
            Self::GeS => Self::GeU,
            other => other,
        }
    }
}

// Not below is no comparison of floats, since neither may hold: the negations are there for branches only.
conds! { FloatCond:
    Eq "eq" not Ne swapped Eq;
    Ne "ne" not Eq swapped Ne;
    Lt "lt" not Nlt swapped Gt;
    Gt "gt" not Ngt swapped Lt;
    Le "le" not Nle swapped Ge;
    Ge "ge" not Nge swapped Le;
    Nlt "not_lt" not Lt swapped Ngt;
    Ngt "not_gt" not Gt swapped Nlt;
    Nle "not_le" not Le swapped Nge;
    Nge "not_ge" not Ge swapped Nle;
}

/// How memory is read or written: the width, the sign, and which memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// Bytes: 1, 2, 4, 8 or 16.
    pub(crate) bytes: u8,
    /// A narrow load keeps the sign.
    pub(crate) signed: bool,
    /// It traps where it is out of bounds: nobody has looked before. Only memories with guards can be so accessed.
    pub(crate) traps: bool,
    /// The address is one of the host, not one in memory 0.
    pub(crate) host: bool,
}

impl Access {
    pub(crate) const fn new(bytes: u8, signed: bool) -> Self {
        Self { bytes, signed, traps: false, host: false }
    }

    pub(crate) const fn aux(self) -> u16 {
        self.bytes as u16 | (self.signed as u16) << 8 | (self.traps as u16) << 9 | (self.host as u16) << 10
    }

    pub(crate) const fn of(aux: u16) -> Self {
        let [signed, traps, host] = [aux >> 8 & 1 != 0, aux >> 9 & 1 != 0, aux >> 10 & 1 != 0];
        Self { bytes: aux as u8, signed, traps, host }
    }
}
