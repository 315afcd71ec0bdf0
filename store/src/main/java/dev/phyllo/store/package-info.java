/** Content, image names, records and locks on disk. */
package dev.phyllo.store;
