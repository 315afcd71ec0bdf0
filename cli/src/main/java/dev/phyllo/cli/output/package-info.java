/** What commands print: templates, tables, sizes, ages and suggestions. */
package dev.phyllo.cli.output;
