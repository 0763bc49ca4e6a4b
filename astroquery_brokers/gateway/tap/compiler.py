# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ADQL to DuckDB's SQL: every part of the SQL is written here, nothing of the query's text is passed on."""

from dataclasses import replace

from sqlglot import exp

from . import expressions, guard
from .errors import QueryError
from .functions import TYPES
from .grammar import parse
from .scope import Output, Scope, Source, distinct_names, quoted

__all__ = ["Compiled", "compile_query", "outputs_of"]


class Compiled:
    """A query in SQL.

    Attributes
    ----------
    sql : str
    outputs : list of `~astroquery_brokers.gateway.tap.scope.Output`
    """

    def __init__(self, sql, outputs):
        self.sql = sql
        self.outputs = outputs


def compile_query(query, catalog, *, rows=None):
    """Check a query and translate it.

    Parameters
    ----------
    query : str
        ADQL.
    catalog : dict
        The tables that may be asked, by name in lower case: ``(sql, outputs)``.
    rows : int, optional
        Ask for no more rows than that.

    Returns
    -------
    Compiled

    Raises
    ------
    QueryError
    """
    tree = parse(query)
    try:
        guard.check(tree)
        return _Compiler(catalog).top(tree, rows)
    except RecursionError as error:
        raise QueryError("the query is nested too deeply") from error


class _Compiler:
    def __init__(self, catalog):
        self.catalog = catalog
        self.numbers = 0

    def alias(self):
        self.numbers += 1
        return f"t{self.numbers}"

    def top(self, tree, rows):
        sql, outputs = self.query(tree, None, {})
        alias = self.alias()
        items = (f"{alias}.{quoted(output.name)}" if output.column is not None else
                 f"CAST({alias}.{quoted(output.name)} AS {TYPES[output.kind]}) AS {quoted(output.name)}"
                 for output in outputs)
        limit = "" if rows is None else f" LIMIT {int(rows)}"
        return Compiled(f"SELECT {', '.join(items)} FROM ({sql}) AS {alias}{limit}", outputs)

    def query(self, node, parent, known):
        """A SELECT, a set operation, or one of them in brackets: SQL and outputs."""
        if isinstance(node, exp.Subquery):
            return self.query(node.this, parent, known)
        begin = ""
        if node.args.get("with_"):
            begin, known = self.ctes(node.args["with_"], parent, known)
        sql, outputs = (self.select if isinstance(node, exp.Select) else self.set_operation)(node, parent, known)
        return begin + sql, outputs

    def ctes(self, node, parent, known):
        known, parts = dict(known), []
        for cte in node.expressions:
            sql, outputs = self.query(cte.this, parent, known)
            alias = self.alias()
            known[cte.alias.lower()] = (alias, outputs)
            parts.append(f"{alias} AS ({sql})")
        return f"WITH {', '.join(parts)} ", known

    def set_operation(self, node, parent, known):
        left, outputs = self.query(node.this, parent, known)
        right, others = self.query(node.expression, parent, known)
        if len(outputs) != len(others):
            raise QueryError(f"the parts of a {node.key.upper()} have {len(outputs)} and {len(others)} columns")
        for mine, theirs in zip(outputs, others):
            if mine.name.lower() != theirs.name.lower():
                raise QueryError(f"Operands of set operation have differing names. First differing name: {mine.name} "
                                 f"vs. {theirs.name}")
        word = node.key.upper() + ("" if node.args.get("distinct") else " ALL")
        merged = [replace(mine, kind=expressions.common_kind([mine.kind, theirs.kind])) for mine, theirs in
                  zip(outputs, others)]
        sql = f"({left}) {word} ({right})" + self.order(node, None, merged) + self.cut(node)
        return sql, merged

    def select(self, node, parent, known):
        scope = Scope(parent)
        tables = self.tables(node, scope, known)
        translate = expressions.Translator(scope, lambda tree: self.query(tree, scope, known))
        items, outputs = self.items(node, scope, translate)
        names = distinct_names(outputs)
        listed = ", ".join(f"{sql} AS {quoted(output.name)}" for sql, output in zip(items, names))
        parts = ["SELECT ", "DISTINCT " if node.args.get("distinct") else "", listed, tables]
        if node.args.get("where"):
            parts.append(f" WHERE {translate.condition(node.args['where'].this)}")
        if node.args.get("group"):
            keys = (self.group_key(key, translate, items, names) for key in node.args["group"].expressions)
            parts.append(f" GROUP BY {', '.join(keys)}")
        if node.args.get("having"):
            parts.append(f" HAVING {translate.condition(node.args['having'].this)}")
        parts += [self.order(node, translate, names, items), self.cut(node)]
        return "".join(parts), [replace(output, sql="") for output in names]

    def items(self, node, scope, translate):
        """What is selected: SQL and output of each."""
        items, outputs = [], []
        for number, item in enumerate(node.expressions, 1):
            star = item.this if isinstance(item, exp.Column) else item
            if item is star and isinstance(star, exp.Star) and len(node.expressions) > 1:
                raise QueryError("Could not parse your query: Expected FROM after *; beside columns write table.*")
            if isinstance(star, exp.Star):
                found = scope.star(item.table if isinstance(item, exp.Column) else None)
                if not found:
                    raise QueryError("* needs a table")
                items += [output.sql for output in found]
                outputs += found
                continue
            value = item.this if isinstance(item, exp.Alias) else item
            sql, output = translate.output(value, f"{_word(value)}{number}")
            items.append(sql)
            outputs.append(replace(output, name=_alias_name(item)) if isinstance(item, exp.Alias) else output)
        return items, outputs

    def tables(self, node, scope, known):
        """The FROM clause; its names are added to the scope."""
        start = node.args.get("from_")
        if start is None:
            raise QueryError("Could not parse your query: Expected FROM, found end of text")
        return f" FROM {self.joined(start.this, node.args.get('joins') or (), scope, known)}"

    def joined(self, first, joins, scope, known):
        """Tables with joins between them; their names are added to the scope."""
        sql, sources = self.sources(first, scope, known)
        for source in sources:
            scope.add(source)
        return sql + "".join(self.join(join, scope, known) for join in joins)

    def sources(self, node, scope, known):
        """What a FROM or JOIN names: SQL and all its `Source`; several if it is a join in brackets."""
        table = node.this if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table) else node
        joins = table.args.get("joins") or ()
        if table is not node and node.alias:
            raise QueryError("a join in brackets has no name of its own")
        sql, source = self.source(table, scope, known)
        if not joins:
            return sql, [source]
        inner = Scope(scope.parent)
        inner.add(source)
        sql += "".join(self.join(join, inner, known) for join in joins)
        scope.merged.update(inner.merged)
        return f"({sql})", inner.sources

    def join(self, join, scope, known):
        sql, sources = self.sources(join.this, scope, known)
        side, using = join.side, [item.name for item in join.args.get("using") or ()]
        if (using or join.method) and len(sources) > 1:
            raise QueryError("a JOIN with a join in brackets needs ON")
        if join.method == "NATURAL":
            using = scope.common(sources[0])
        if using:
            conditions = [scope.merge(name, sources[0], side) for name in using]
            scope.add(sources[0])
            return f" {side} JOIN {sql} ON {' AND '.join(conditions)}"
        for source in sources:
            scope.add(source)
        on = join.args.get("on")
        if on is None:
            if side or join.kind == "INNER":
                raise QueryError("a JOIN needs ON or USING")
            return f" CROSS JOIN {sql}"
        if join.kind == "CROSS":
            raise QueryError("Cannot use cross join with a join predicate")
        translate = expressions.Translator(scope, lambda tree: self.query(tree, scope, known))
        return f" {side} JOIN {sql} ON {translate.condition(on)}"

    def source(self, node, scope, known):
        """A table or a query in a FROM: SQL and `Source`."""
        alias = self.alias()
        given = node.alias.lower()
        if isinstance(node, exp.Subquery):
            if not given:
                raise QueryError("a query in FROM needs a name: (SELECT ...) AS name")
            sql, outputs = self.query(node.this, scope.parent, known)
            return f"({sql}) AS {alias}", Source((given,), alias, outputs)
        name = ".".join(part for part in (node.db, node.name) if part)
        entry = known.get(name.lower()) if not node.db else None
        sql, outputs = entry or self.table(name)
        short = name.lower().rpartition(".")[2]
        return f"{sql} AS {alias}", Source((given,) if given else (short, name.lower()), alias, outputs)

    def table(self, name):
        found = self.catalog.get(name.lower())
        if found is None:
            raise QueryError(f"Could not locate table {name!r}")
        return found

    def order(self, node, translate, outputs, items=()):
        order = node.args.get("order")
        if order is None:
            return ""
        keys = []
        for item in order.expressions:
            direction = ("DESC" if item.args.get("desc") else "ASC",
                         "FIRST" if item.args.get("nulls_first") else "LAST")
            key = self.order_key(item.this, translate, outputs, items, node.args.get("distinct"))
            keys.append(f"{key} {direction[0]} NULLS {direction[1]}")
        return f" ORDER BY {', '.join(keys)}"

    @staticmethod
    def group_key(key, translate, items, outputs):
        """A column, or what is selected under that name, or an expression."""
        try:
            return translate.value(key)[0]
        except QueryError:
            if isinstance(key, exp.Column) and not key.table:
                for sql, output in zip(items, outputs):
                    if output.name.lower() == key.name.lower():
                        return sql
            raise

    def order_key(self, key, translate, outputs, items, distinct):
        if isinstance(key, exp.Literal) and not key.is_string:
            if not key.this.isdigit() or not 1 <= int(key.this) <= len(outputs):
                raise QueryError(f"ORDER BY {key.this}: there are {len(outputs)} columns")
            return key.this
        if isinstance(key, exp.Column) and not key.table:
            is_quoted = key.this.args.get("quoted")
            for number, output in enumerate(outputs, 1):
                if output.name == key.name or (not is_quoted and output.name.lower() == key.name.lower()):
                    return str(number)
        if translate is None:
            raise QueryError("ORDER BY of a set operation takes names or numbers of its columns")
        sql = translate.value(key)[0]
        if distinct and sql not in items:
            raise QueryError("for SELECT DISTINCT, ORDER BY expressions must appear in select list")
        return sql

    @staticmethod
    def cut(node):
        """TOP and OFFSET."""
        parts = []
        for name, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
            if node.args.get(name) is not None:
                value = node.args[name].expression
                if not isinstance(value, exp.Literal) or value.is_string or not value.this.isdigit():
                    raise QueryError(f"{'TOP' if name == 'limit' else 'OFFSET'} takes a whole number")
                parts.append(f" {word} {min(int(value.this), 2 ** 62)}")
        return "".join(parts)


def _alias_name(item):
    identifier = item.args["alias"]
    return identifier.name if identifier.args.get("quoted") else identifier.name.lower()


def _word(value):
    return value.name.lower() if isinstance(value, exp.Anonymous) else "column"


def outputs_of(columns):
    """The outputs of a table.

    Parameters
    ----------
    columns : sequence of `~astroquery_brokers.gateway.tap.tables.Column`
    """
    return [Output(column.name, column.kind, column) for column in columns]
