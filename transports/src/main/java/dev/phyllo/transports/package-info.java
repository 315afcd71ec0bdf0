/** Every place an image comes from or goes to. */
package dev.phyllo.transports;
