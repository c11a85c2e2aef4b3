//! Functions and procedures: what a policy that calls them needs to know.

use squawk_syntax::ast::{self, AstNode};

use super::names::{Spelled, name_of, parts, spelled};
use super::reader::Reader;
use crate::type_name::{Modifiers, TypeName};
use crate::{BaseType, ColumnType, Function, QualifiedName, Volatility};

/// The arguments of a signature.
#[derive(Default)]
struct Arguments {
    inputs: Vec<ColumnType>,
    outputs: Vec<ColumnType>,
    defaults: usize,
}

impl Reader<'_> {
    /// CREATE FUNCTION.
    pub(super) fn create_function(&mut self, node: &ast::CreateFunction) {
        let Some(name) = node.name().and_then(|name| spelled(&name)) else { return };
        let Some(arguments) = self.arguments(node.param_list()) else {
            return self.note(format!("the arguments of the function {} were not understood", name.name));
        };
        let returns = match node.ret_type() {
            // RETURNS TABLE is a set.
            Some(ret) if ret.return_table_arg_list().is_some() => None,
            Some(ret) => ret.func_type().and_then(|ty| self.result_type(&ty)),
            None => match arguments.outputs.as_slice() {
                [] => None,
                [one] => Some(one.clone()),
                _ => Some(ColumnType::plain(BaseType::Other("record".to_owned()))),
            },
        };
        self.add_function(&name, arguments, returns, node.option_list());
    }

    /// CREATE PROCEDURE.
    pub(super) fn create_procedure(&mut self, node: &ast::CreateProcedure) {
        let Some(name) = node.name().and_then(|name| spelled(&name)) else { return };
        let Some(arguments) = self.arguments(node.param_list()) else {
            return self.note(format!("the arguments of the procedure {} were not understood", name.name));
        };
        self.add_function(&name, arguments, None, node.option_list());
    }

    fn add_function(
        &mut self,
        name: &Spelled,
        arguments: Arguments,
        returns: Option<ColumnType>,
        options: Option<ast::FuncOptionList>,
    ) {
        let mut function = Function {
            arguments: arguments.inputs,
            defaults: arguments.defaults,
            returns,
            volatility: Volatility::Volatile,
            security_definer: false,
            strict: false,
        };
        set_options(&mut function, options);
        let created = self.created(name);
        let key = (created.clone(), function.arguments.clone());
        self.sources.functions.insert(key, self.in_file(&name.range));
        let overloads = self.catalog.functions.entry(created).or_default();
        overloads.retain(|other| other.arguments != function.arguments);
        overloads.push(function);
        overloads.sort_by(|one, other| one.arguments.cmp(&other.arguments));
    }

    /// The type that a function returns; none for a set or a trigger.
    fn result_type(&self, ty: &ast::FuncType) -> Option<ColumnType> {
        let name = TypeName::parse(self.text_of(ty.syntax()));
        if name.as_ref().is_some_and(|name| name.set) {
            return None;
        }
        let ty = self.argument_type(ty)?;
        let trigger =
            matches!(&ty.base, BaseType::Other(name) if name == "trigger" || name == "event_trigger");
        (!trigger).then_some(ty)
    }

    /// A type in a signature, where modifiers mean nothing.
    fn argument_type(&self, ty: &ast::FuncType) -> Option<ColumnType> {
        match ty {
            ast::FuncType::Type(ty) => self.type_of(ty, Modifiers::Drop),
            // `table.column%TYPE`.
            ast::FuncType::PercentType(percent) => {
                let mut path = parts(percent.path_ref()?.syntax());
                let (column, _) = path.pop()?;
                let (name, range) = path.pop()?;
                let schema = path.pop().map(|(schema, _)| schema);
                let relation = self.find_relation(&Spelled { schema, name, range })?;
                let ty = &self.catalog.relations.get(&relation)?.column(&column)?.ty;
                let name = TypeName::parse(&ty.display)?;
                Some(self.resolve_type(&name, Modifiers::Drop))
            }
        }
    }

    fn arguments(&self, list: Option<ast::ParamList>) -> Option<Arguments> {
        let mut arguments = Arguments::default();
        for param in list.into_iter().flat_map(|list| list.params()) {
            let ty = self.argument_type(&param.func_type()?)?;
            let (input, output) = match param.mode() {
                None | Some(ast::ParamMode::ParamIn(_) | ast::ParamMode::ParamVariadic(_)) => (true, false),
                Some(ast::ParamMode::ParamInOut(_)) => (true, true),
                Some(ast::ParamMode::ParamOut(_)) => (false, true),
            };
            if output {
                arguments.outputs.push(ty.clone());
            }
            if input {
                arguments.inputs.push(ty);
                arguments.defaults += usize::from(param.param_default().is_some());
            }
        }
        Some(arguments)
    }

    /// ALTER FUNCTION, PROCEDURE and ROUTINE.
    pub(super) fn alter_routine(
        &mut self,
        name: Option<Spelled>,
        params: Option<ast::ParamList>,
        action: Option<&squawk_syntax::SyntaxNode>,
    ) {
        let (Some(name), Some(action)) = (name, action) else { return };
        let Some((name, at)) = self.find_function(&name, params) else { return };
        if let Some(options) = ast::FuncOptionList::cast(action.clone()) {
            let function = self.catalog.functions.get_mut(&name).and_then(|functions| functions.get_mut(at));
            if let Some(function) = function {
                set_options(function, Some(options));
            }
            return;
        }
        let schema = ast::SetSchema::cast(action.clone()).and_then(|action| action.schema_ref());
        let new = action.children().find_map(|child| match child.kind() {
            squawk_syntax::SyntaxKind::FUNCTION_NAME => {
                ast::FunctionName::cast(child).and_then(|it| spelled(&it))
            }
            squawk_syntax::SyntaxKind::PROCEDURE_NAME => {
                ast::ProcedureName::cast(child).and_then(|it| spelled(&it))
            }
            squawk_syntax::SyntaxKind::ROUTINE_NAME => {
                ast::RoutineName::cast(child).and_then(|it| spelled(&it))
            }
            _ => None,
        });
        let moved = match (schema, new) {
            (Some(schema), _) => QualifiedName::new(name_of(&schema), &name.name),
            (None, Some(new)) => QualifiedName::new(&name.schema, new.name),
            (None, None) => return,
        };
        let place = self.function_place(&name, at);
        if let Some(function) = self.take_function(&name, at) {
            if let Some(place) = place {
                self.sources.functions.insert((moved.clone(), function.arguments.clone()), place);
            }
            let overloads = self.catalog.functions.entry(moved).or_default();
            overloads.push(function);
            overloads.sort_by(|one, other| one.arguments.cmp(&other.arguments));
        }
    }

    /// DROP FUNCTION, PROCEDURE and ROUTINE.
    pub(super) fn drop_routine(
        &mut self,
        name: Option<Spelled>,
        params: Option<ast::ParamList>,
        cascade: bool,
    ) {
        let Some(name) = name else { return };
        let Some((name, at)) = self.find_function(&name, params) else { return };
        self.take_function(&name, at);
        if cascade && !self.catalog.functions.contains_key(&name) {
            self.drop_policies_on_function(&name);
        }
    }

    fn take_function(&mut self, name: &QualifiedName, at: usize) -> Option<Function> {
        let overloads = self.catalog.functions.get_mut(name)?;
        let function = (at < overloads.len()).then(|| overloads.remove(at));
        if let Some(function) = &function {
            self.sources.functions.remove(&(name.clone(), function.arguments.clone()));
        }
        if overloads.is_empty() {
            self.catalog.functions.remove(name);
        }
        function
    }

    fn function_place(&self, name: &QualifiedName, at: usize) -> Option<std::ops::Range<u32>> {
        let function = self.catalog.functions.get(name)?.get(at)?;
        self.sources.functions.get(&(name.clone(), function.arguments.clone())).cloned()
    }

    /// The function of that signature; without arguments written, the only one of that name.
    fn find_function(
        &self,
        name: &Spelled,
        params: Option<ast::ParamList>,
    ) -> Option<(QualifiedName, usize)> {
        let name = self.resolve(name, |name| self.catalog.functions.contains_key(name))?;
        let overloads = self.catalog.functions.get(&name)?;
        let Some(params) = params else { return (overloads.len() == 1).then_some((name, 0)) };
        let arguments = self.arguments(Some(params))?;
        let at = overloads.iter().position(|function| function.arguments == arguments.inputs)?;
        Some((name, at))
    }
}

fn set_options(function: &mut Function, options: Option<ast::FuncOptionList>) {
    for option in options.into_iter().flat_map(|options| options.options()) {
        match option {
            ast::FuncOption::VolatilityFuncOption(ast::VolatilityFuncOption::Immutable(_)) => {
                function.volatility = Volatility::Immutable;
            }
            ast::FuncOption::VolatilityFuncOption(ast::VolatilityFuncOption::Stable(_)) => {
                function.volatility = Volatility::Stable;
            }
            ast::FuncOption::VolatilityFuncOption(ast::VolatilityFuncOption::Volatile(_)) => {
                function.volatility = Volatility::Volatile;
            }
            ast::FuncOption::SecurityDefinerFuncOption(_) => function.security_definer = true,
            ast::FuncOption::SecurityInvokerFuncOption(_) => function.security_definer = false,
            ast::FuncOption::StrictFuncOption(_) | ast::FuncOption::ReturnsNullOnNullInputFuncOption(_) => {
                function.strict = true;
            }
            ast::FuncOption::CalledOnNullInputFuncOption(_) => function.strict = false,
            _ => {}
        }
    }
}
